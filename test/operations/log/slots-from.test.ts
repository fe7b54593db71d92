import { SlotCache } from "../../../lib/operations/caches.js";
import type { Place } from "../../../lib/domain/place.js";
import { memoryBytesOfSlot } from "../../../lib/operations/memory-budget.js";
import { readRange } from "../../../lib/operations/log/read-range.js";
import { slotsFrom } from "../../../lib/operations/log/slots-from.js";
import { aLog, slotIn } from "../a-log.js";
import { portsAround } from "../ports-around.js";

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
      const wanted = { slotCount: 10, messages: 100, isKnown };
      const found = await slotsFrom(engine, log.partition, slotIn(log, 0).base, wanted);
      return found.slots.map((slot) => log.slots.findIndex(({ base }) => base === slot.base));
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
      cache.set(slot, [], memoryBytesOfSlot(slot));
      cache.setPlace(log.partition, slot, 0);
    }
    expect([first, second].map(({ base }) => cache.slotsFrom(log.partition, base, 9).length)).toEqual([0, 1]);
  });
});

describe("GIVEN that nothing is known about the slots' sizes", () => {
  const reader = async (count: number, slotMessages: number) => {
    const slots = Array.from({ length: count }, () => Array.from({ length: slotMessages }, () => "a"));
    const log = await aLog(...slots);
    const read = async (from: number, messages: number) => {
      log.calls.length = 0;
      const wanted = { messages, slotCount: undefined, isKnown: false };
      const { slots, isFull } = await slotsFrom(log.engine, log.partition, from, wanted);
      const limits = log.calls.filter(({ name }) => name === "log.read").map(({ args }) => args[2]);
      return { slots: slots.length, isFull, limits, options: log.calls.map(({ args }) => args[3]) };
    };
    return { log, read };
  };

  it("WHEN they are large THEN no more are read than the messages take, though a page holds many", async () => {
    const { log, read } = await reader(20, 30);
    const read50 = await read(slotIn(log, 0).base, 50);
    expect(read50).toMatchObject({ slots: 2, isFull: true, limits: [2] });
  });

  it("WHEN they are small THEN a second read brings as many as are missing", async () => {
    const { log, read } = await reader(20, 1);
    const read10 = await read(slotIn(log, 0).base, 10);
    expect(read10).toMatchObject({ slots: 10, isFull: true, limits: [2, 8] });
  });

  it("WHEN there is one alone THEN one read shows that it is the last", async () => {
    const { log, read } = await reader(1, 1);
    expect(await read(slotIn(log, 0).base, 10)).toMatchObject({ slots: 1, isFull: false, limits: [2] });
  });

  it("WHEN they are read from the very beginning THEN one read is enough, which is consistent", async () => {
    const { read } = await reader(3, 2);
    expect(await read(0, 3)).toMatchObject({ slots: 2, options: [{ consistent: true }] });
  });
});
