import type { Slot } from "../../../lib/domain/slot.js";
import { SlotCache } from "../../../lib/operations/caches.js";
import type { Place } from "../../../lib/domain/place.js";
import { memoryBytesOfSlot } from "../../../lib/operations/memory-budget.js";
import { readRange } from "../../../lib/operations/log/read-range.js";
import { messageAt, openSlot, setAsideOf, slotsFrom } from "../../../lib/operations/log/open-slot.js";
import { aText } from "../a-deployment.js";
import { aLog, mangled, objectOf, slotIn } from "../a-log.js";
import { type PortCall, portsAround } from "../ports-around.js";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** Longer than an object is given the benefit of the doubt. */
const MANY_TRIES = 12;

const namesOf = (calls: PortCall[]): string[] => calls.splice(0).map(({ name }) => name);

describe("a slot that is opened", () => {
  it("GIVEN bytes in S3 WHEN it is opened twice THEN they are fetched once", async () => {
    const log = await aLog(["a", "b"]);
    const slot = slotIn(log, 0);
    const expected = { kind: "readable", slot, messages: [aText("a"), aText("b")] };
    expect(await openSlot(log.engine, slot)).toMatchObject(expected);
    expect(await openSlot(log.engine, slot)).toMatchObject(expected);
    expect(namesOf(log.calls)).toEqual(["segments.get"]);
  });

  it("GIVEN it has expired THEN it says so, and nothing is fetched, though the process remembers it", async () => {
    const log = await aLog(["a"]);
    const slot = slotIn(log, 0);
    await openSlot(log.engine, slot);
    namesOf(log.calls);
    log.clock.advance(HOUR_MS - 1);
    expect(await openSlot(log.engine, slot)).toMatchObject({ kind: "readable" });
    log.clock.advance(1);
    expect(await openSlot(log.engine, slot)).toEqual({ kind: "expired", slot });
    expect(namesOf(log.calls)).toEqual([]);
  });

  it.each<[reason: string, change: (slot: Slot) => Slot]>([
    ["undecodable", mangled],
    ["checksum-mismatch", (slot) => ({ ...slot, checksum: `${slot.checksum}x` })],
    [
      "segment-missing",
      (slot) => ({ ...slot, content: { kind: "segment", key: "segments/1d/gone", sizeBytes: 9 } }),
    ],
  ])("GIVEN it is damaged THEN it is unreadable, with the reason %s", async (reason, change) => {
    const log = await aLog(["a"]);
    const slot = change(slotIn(log, 0));
    expect(await openSlot(log.engine, slot)).toEqual({ kind: "unreadable", slot, reason });
  });

  it("GIVEN its object fails for long WHEN others are read meanwhile THEN it is unreadable", async () => {
    // GIVEN
    const log = await aLog(["a"], ...Array.from({ length: MANY_TRIES }, () => ["b"]));
    const slot = slotIn(log, 0);
    log.failing.add(objectOf(slot));
    await expect(openSlot(log.engine, slot)).rejects.toMatchObject({ code: "storage-unavailable" });
    // WHEN
    const outcomes: unknown[] = [];
    for (let at = 1; at < MANY_TRIES; at++) {
      log.clock.advance(MINUTE_MS / 2);
      await openSlot(log.engine, slotIn(log, at));
      outcomes.push(await openSlot(log.engine, slot).catch(() => "failed"));
    }
    // THEN
    expect(outcomes[0]).toBe("failed");
    expect(outcomes.at(-1)).toEqual({ kind: "unreadable", slot, reason: "segment-unavailable" });
  });

  it("GIVEN its object fails for long WHEN no other is read THEN it may be the store, and it throws", async () => {
    const log = await aLog(["a"]);
    const slot = slotIn(log, 0);
    log.failing.add(objectOf(slot));
    for (let time = 0; time < MANY_TRIES; time++) {
      await expect(openSlot(log.engine, slot)).rejects.toMatchObject({ code: "storage-unavailable" });
      log.clock.advance(MINUTE_MS);
    }
    log.failing.clear();
    expect(await openSlot(log.engine, slot)).toMatchObject({ kind: "readable" });
  });
});

describe("slots that are read", () => {
  /** A log of which an eventually consistent read shows only the slots with these numbers. */
  async function lagging(...seen: readonly number[]) {
    const log = await aLog(["a"], ["b", "c"], ["d"]);
    const reads: ("eventual" | "consistent")[] = [];
    const engine = log.process((ports) =>
      portsAround(ports, async ({ name, args }, carryOut) => {
        const isConsistent = (args[3] as { consistent?: boolean } | undefined)?.consistent === true;
        if (name === "log.read") reads.push(isConsistent ? "consistent" : "eventual");
        if (name !== "log.read" || isConsistent) return await carryOut();
        return { slots: seen.map((index) => slotIn(log, index)), more: false };
      }),
    );
    const read = async (isKnown = false): Promise<number[]> => {
      const wanted = { limit: 10, messages: 100, isKnown };
      const found = await slotsFrom(engine, log.partition, slotIn(log, 0).base, wanted);
      return found.map((slot) => log.slots.findIndex(({ base }) => base === slot.base));
    };
    return { read, reads };
  }

  it.each([
    { seen: [0, 1, 2], what: "all of them" },
    { seen: [0, 1], what: "not the end, which may not be there yet" },
    { seen: [], what: "nothing, where nothing need be" },
  ])("GIVEN a read that shows $what THEN it is believed", async ({ seen }) => {
    const { read, reads } = await lagging(...seen);
    expect(await read()).toEqual(seen);
    expect(reads).toEqual(["eventual"]);
  });

  it.each([
    { seen: [1, 2], isKnown: false, what: "a gap at the beginning" },
    { seen: [0, 2], isKnown: false, what: "a gap between two slots" },
    { seen: [], isKnown: true, what: "nothing, where messages are known to be" },
  ])("GIVEN a read that shows $what THEN a consistent one follows", async ({ seen, isKnown }) => {
    const { read, reads } = await lagging(...seen);
    expect(await read(isKnown)).toEqual([0, 1, 2]);
    expect(reads).toEqual(["eventual", "consistent"]);
  });
});

describe("GIVEN slots that were read before", () => {
  const WHOLE = { maxMessages: 10, maxBytes: 1_000_000, slotCount: 2 };

  it("WHEN a consumer takes them in parts THEN each is read and fetched once", async () => {
    const log = await aLog(["a", "b", "c"], ["d", "e", "f"]);
    let place: Place = { head: slotIn(log, 0).base, slotBase: slotIn(log, 0).base };
    const seen: unknown[] = [];
    for (let part = 0; part < 6; part++) {
      const range = await readRange(log.engine, log.partition, place, {
        ...WHOLE,
        maxMessages: 1,
        slotCount: 3,
      });
      seen.push(...range.entries.map(({ message }) => message.body));
      place = range.next;
    }
    expect(seen).toEqual(["a", "b", "c", "d", "e", "f"]);
    expect(log.calls.map(({ name }) => name).sort()).toEqual([
      ...["log.read", "log.read"],
      ...["segments.get", "segments.get"],
    ]);
  });

  it("WHEN more is wanted than they hold THEN only what lies after them is read", async () => {
    const log = await aLog(["a", "b"], ["c"]);
    const { base } = slotIn(log, 0);
    await readRange(log.engine, log.partition, { head: base, slotBase: base }, { ...WHOLE, maxMessages: 1 });
    await log.publish("d");
    log.calls.length = 0;
    const range = await readRange(log.engine, log.partition, { head: base + 1, slotBase: base }, WHOLE);
    expect(range.entries.map(({ message }) => message.body)).toEqual(["b", "c", "d"]);
    expect(log.calls.find(({ name }) => name === "log.read")?.args[1]).toBe(slotIn(log, 1).base);
  });

  it("WHEN one has expired since THEN it is not handed out", async () => {
    const log = await aLog(["a", "b"]);
    const { base } = slotIn(log, 0);
    await readRange(log.engine, log.partition, { head: base, slotBase: base }, { ...WHOLE, maxMessages: 1 });
    await log.clock.sleep(2 * 3_600_000);
    const range = await readRange(log.engine, log.partition, { head: base + 1, slotBase: base }, WHOLE);
    expect(range).toMatchObject({ entries: [], expired: [{ count: 1 }] });
  });

  it("WHEN the cache holds one at the most THEN the other is read again", async () => {
    const log = await aLog(["a", "b"], ["c", "d"]);
    const [first, second] = [slotIn(log, 0), slotIn(log, 1)];
    const cache = new SlotCache(memoryBytesOfSlot(first) + 1);
    for (const slot of [first, second]) {
      cache.set(slot.nonce, [], memoryBytesOfSlot(slot));
      cache.setPlace(log.partition, slot);
    }
    expect([first, second].map(({ base }) => cache.slotsFrom(log.partition, base, 9).length)).toEqual([0, 1]);
  });
});

it("GIVEN an opened slot THEN a message of it has the id that its publisher got, and its offset", async () => {
  const log = await aLog(["a"], ["b", "c"]);
  const slot = slotIn(log, 1);
  const opened = await openSlot(log.engine, slot);
  if (opened.kind !== "readable") throw new Error(opened.kind);
  const offset = slot.base + 1;
  expect(messageAt(log.partition, slot, opened.messages, offset)).toEqual({
    ...aText("c"),
    id: log.ids[2],
    partition: 0,
    offset,
    publishedAtMs: slot.publishedAtMs,
  });
});

const keyOf = ({ content }: Slot): string | undefined =>
  content.kind === "segment" ? content.key : undefined;

it("GIVEN an unreadable slot WHEN it is set aside THEN that is told as an error, with its place", async () => {
  const log = await aLog(["a", "b"]);
  const slot = slotIn(log, 0);
  const fields = { partition: 0, base: slot.base, count: 2, reason: "undecodable" };
  expect(setAsideOf(log.engine, log.partition, { slot, reason: "undecodable" })).toEqual({
    ...fields,
    atMs: log.clock.nowMs(),
  });
  expect(log.telemetry.events).toEqual([
    { name: "slot-set-aside", level: "error", fields: { topic: "orders", ...fields, segment: keyOf(slot) } },
  ]);
});
