import type { LogStore } from "../../lib/domain/ports/log-store.js";
import type { Slot } from "../../lib/domain/slot.js";
import type { PartitionRef } from "../../lib/domain/topic.js";
import { DAY_MS, NOW_MS, aPartition, aSlot, tailOf, withText } from "./builders.js";

const CONSISTENT = { consistent: true };
/** What a page holds at the most. */
const PAGE_BYTES = 1_048_576;
const PAGES_BOUND = 50;

const basesOf = (slots: readonly Slot[]): number[] => slots.map(({ base }) => base);
const bytesOf = (slots: readonly Slot[]): number =>
  slots.reduce((sum, { content }) => sum + (content.kind === "inline" ? content.bytes.length : 0), 0);

/** Slots of 10 messages each. */
async function aLog(log: LogStore, slots: number, bytes = 10): Promise<[PartitionRef, Slot[]]> {
  const partition = aPartition();
  const stored = Array.from({ length: slots }, (_, at) =>
    aSlot({ base: at * 10, count: 10, content: { kind: "inline", bytes: new Uint8Array(bytes).fill(at) } }),
  );
  for (const slot of stored) await log.append(partition, slot);
  return [partition, stored];
}

/** All slots from `from` on, page by page, as a reader goes. */
async function readAll(log: LogStore, partition: PartitionRef, from: number, limit: number): Promise<Slot[]> {
  const all: Slot[] = [];
  for (let page = 1; page <= PAGES_BOUND; page++) {
    const { slots, more } = await log.read(partition, from, limit, CONSISTENT);
    all.push(...slots);
    const last = slots.at(-1);
    if (last) from = last.base + last.count;
    if (!more) return all;
  }
  throw new Error("no end of pages");
}

export function logReadContract(make: () => Promise<LogStore>): void {
  describe("the tail", () => tailContract(make));
  describe("a page", () => pageContract(make));
  describe("the slot at an offset", () => slotAtContract(make));
}

function tailContract(make: () => Promise<LogStore>): void {
  it("is nothing in a partition that was never appended to", async () => {
    const log = await make();
    expect(await log.tail(aPartition())).toBeUndefined();
  });

  it("is the slot with the highest base, by number", async () => {
    // GIVEN bases that sort another way as text
    const log = await make();
    const partition = aPartition();
    const last = aSlot({ base: NOW_MS * 1_000, count: 2 });
    for (const slot of [aSlot({ base: 9 }), aSlot({ base: 10 }), aSlot({ base: 100 }), last])
      await log.append(partition, slot);
    // THEN
    expect(await log.tail(partition)).toEqual(tailOf(last));
  });

  it("is seen by whoever reads it after the append", async () => {
    const log = await make();
    const partition = aPartition();
    for (let base = 0; base < 20; base++) {
      await log.append(partition, aSlot({ base }));
      expect((await log.tail(partition))?.base).toBe(base);
    }
  });

  it("is an expired slot too", async () => {
    const log = await make();
    const partition = aPartition();
    const expired = aSlot({ expiresAtMs: NOW_MS - DAY_MS });
    await log.append(partition, expired);
    expect(await log.tail(partition)).toEqual(tailOf(expired));
  });
}

function pageContract(make: () => Promise<LogStore>): void {
  it("is empty, with no more, in a partition that was never appended to", async () => {
    const log = await make();
    expect(await log.read(aPartition(), 0, 10, CONSISTENT)).toEqual({ slots: [], more: false });
  });

  it("holds the slots from a place on, in order, whatever the order they came in", async () => {
    // GIVEN
    const log = await make();
    const partition = aPartition();
    const slots = [0, 9, 10, 100, NOW_MS * 1_000].map((base) => aSlot({ base }));
    for (const at of [3, 0, 4, 2, 1]) await log.append(partition, slots[at] as Slot);
    // WHEN
    const page = await log.read(partition, 9, 10, CONSISTENT);
    // THEN
    expect(page).toEqual({ slots: slots.slice(1), more: false });
  });

  it("does not hold the slot that the place lies inside of", async () => {
    const log = await make();
    const [partition] = await aLog(log, 3);
    expect(basesOf((await log.read(partition, 11, 10, CONSISTENT)).slots)).toEqual([20]);
  });

  it("is empty, with no more, behind the tail", async () => {
    const log = await make();
    const [partition] = await aLog(log, 3);
    expect(await log.read(partition, 30, 10, CONSISTENT)).toEqual({ slots: [], more: false });
  });

  it("holds expired slots: readers filter them", async () => {
    const log = await make();
    const partition = aPartition();
    const slots = [aSlot({ base: 0, expiresAtMs: NOW_MS - DAY_MS }), aSlot({ base: 1 })];
    for (const slot of slots) await log.append(partition, slot);
    expect((await log.read(partition, 0, 10, CONSISTENT)).slots).toEqual(slots);
  });

  it("ends at the limit, and says that there is more", async () => {
    const log = await make();
    const [partition, slots] = await aLog(log, 5);
    expect(await log.read(partition, 0, 2, CONSISTENT)).toEqual({ slots: slots.slice(0, 2), more: true });
  });

  it("ends with the log, and says that there is no more", async () => {
    const log = await make();
    const [partition, slots] = await aLog(log, 5);
    expect(await log.read(partition, 30, 10, CONSISTENT)).toEqual({ slots: slots.slice(3), more: false });
  });

  it("that ends where the log does may not know so: the next one is empty, and does", async () => {
    const log = await make();
    const [partition, slots] = await aLog(log, 3);
    expect((await log.read(partition, 0, 3, CONSISTENT)).slots).toEqual(slots);
    expect(await log.read(partition, 30, 3, CONSISTENT)).toEqual({ slots: [], more: false });
  });

  it("ends at 1 MB, holds one slot at least, and says that there is more", async () => {
    // GIVEN
    const log = await make();
    const [partition, slots] = await aLog(log, 6, 300_000);
    // WHEN
    const page = await log.read(partition, 0, 100, CONSISTENT);
    // THEN
    expect(page.slots.length).toBeGreaterThan(0);
    // DynamoDB Local counts to the limit and gives the slot that reached it, too.
    expect(bytesOf(page.slots.slice(0, -1))).toBeLessThanOrEqual(PAGE_BYTES);
    expect(page.slots.map(withText)).toEqual(slots.slice(0, page.slots.length).map(withText));
    expect(page.more).toBe(true);
  });

  it.each([1, 2, 3, 4, 7, 100])("after page of %i slots leads through the whole log", async (limit) => {
    const log = await make();
    const [partition, slots] = await aLog(log, 12);
    expect(await readAll(log, partition, 0, limit)).toEqual(slots);
  });

  it("after page of 1 MB leads through the whole log", async () => {
    const log = await make();
    const [partition, slots] = await aLog(log, 8, 380_000);
    expect(basesOf(await readAll(log, partition, 0, 100))).toEqual(basesOf(slots));
  });

  it("that is read eventually consistent is in order, and nothing but what is stored", async () => {
    const log = await make();
    const [partition, slots] = await aLog(log, 5);
    const page = await log.read(partition, 10, 10);
    expect(page.slots).toEqual(slots.slice(1, 1 + page.slots.length));
  });
}

function slotAtContract(make: () => Promise<LogStore>): void {
  it.each([
    { offset: 0, base: 0, where: "at its first message" },
    { offset: 9, base: 0, where: "at its last message" },
    { offset: 10, base: 10, where: "at the next one's first" },
    { offset: 15, base: 10, where: "in the middle" },
    { offset: 29, base: 20, where: "at the end of the log" },
    { offset: 4_000, base: 20, where: "behind the log, the last there is" },
  ])("is the last that starts at or below it: $where", async ({ offset, base }) => {
    const log = await make();
    const [partition, slots] = await aLog(log, 3);
    expect(await log.slotAt(partition, offset)).toEqual(slots.find((slot) => slot.base === base));
  });

  it("is the one before a gap, inside the gap", async () => {
    const log = await make();
    const partition = aPartition();
    const before = aSlot({ base: 0, count: 5 });
    await log.append(partition, before);
    await log.append(partition, aSlot({ base: NOW_MS * 1_000 }));
    expect(await log.slotAt(partition, NOW_MS * 1_000 - 1)).toEqual(before);
  });

  it("is none below the first slot, nor in an empty partition", async () => {
    const log = await make();
    const partition = aPartition();
    await log.append(partition, aSlot({ base: 50 }));
    expect(await log.slotAt(partition, 49)).toBeUndefined();
    expect(await log.slotAt(aPartition(), 0)).toBeUndefined();
  });

  it("is an expired slot too", async () => {
    const log = await make();
    const partition = aPartition();
    const expired = aSlot({ expiresAtMs: NOW_MS - DAY_MS });
    await log.append(partition, expired);
    expect(await log.slotAt(partition, 0)).toEqual(expired);
  });
}
