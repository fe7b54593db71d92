import type { LogStore } from "../../../lib/domain/ports/log-store.js";
import type { Slot } from "../../../lib/domain/slot.js";
import type { Ports } from "../../../lib/operations/engine.js";
import { bodies, publishEach, receive, withAudit } from "../a-consumer.js";

const SLOTS = ["a", "b", "c", "d", "e", "f"];

/** A log whose eventually consistent reads do not see some slots yet, and how often it was asked for certain. */
function lagging(
  unseen: (slot: Slot, index: number) => boolean,
  certain: number[],
): (ports: Ports) => Partial<Ports> {
  return ({ log }) => {
    const all = new Map<number, number>();
    const read: LogStore["read"] = async (partition, from, limit, options) => {
      const everything = await log.read(partition, 0, 1_000);
      everything.slots.forEach(({ base }, index) => all.set(base, index));
      if (options?.consistent) certain.push(from);
      const page = options?.consistent ? await log.read(partition, from, limit) : everything;
      const seen = page.slots.filter((slot) => options?.consistent || !unseen(slot, all.get(slot.base) ?? 0));
      return { slots: seen.filter(({ base }) => base >= from).slice(0, limit), more: false };
    };
    return { log: { ...log, read } };
  };
}

describe("a read that lags behind", () => {
  it.each([
    ["the first slot", 0],
    ["a slot in the midst", 2],
    ["a slot near the end", 4],
  ])(
    "and misses %s is made once more, strongly consistent, before the gap is believed",
    async (_, missing) => {
      const { engine, process } = await withAudit();
      await publishEach(engine, ...SLOTS);
      const certain: number[] = [];
      const consumer = process(lagging((_slot, index) => index === missing, certain));
      const received: unknown[] = [];
      for (let look = 0; look < SLOTS.length; look++) received.push(...bodies(await receive(consumer, 2)));
      expect(received).toEqual(SLOTS);
      expect(certain.length).toBeGreaterThan(0);
    },
  );

  it("and sees nothing of the end is believed for now, and hides nothing for long", async () => {
    const { engine, process } = await withAudit();
    await publishEach(engine, ...SLOTS);
    const certain: number[] = [];
    let seen = 3;
    const consumer = process(lagging((_slot, index) => index >= seen, certain));
    // The first offset of all is the clock's: a gap from zero on, which is looked at twice.
    await receive(consumer, 1);
    certain.length = 0;
    expect(bodies(await receive(consumer))).toEqual(SLOTS.slice(1, 3));
    expect(await receive(consumer)).toEqual([]);
    expect(certain).toEqual([]);
    seen = SLOTS.length;
    expect(bodies(await receive(consumer))).toEqual(SLOTS.slice(3));
  });

  it("costs a consumer nothing where there is no gap", async () => {
    const { engine, process } = await withAudit();
    await publishEach(engine, ...SLOTS);
    const certain: number[] = [];
    const consumer = process(lagging(() => false, certain));
    await receive(consumer, 1);
    certain.length = 0;
    expect(await receive(consumer)).toHaveLength(SLOTS.length - 1);
    expect(certain).toEqual([]);
  });

  it.each([
    ["nothing", () => true],
    ["all but the first", (_slot: Slot, index: number) => index > 0],
    ["only the last", (_slot: Slot, index: number) => index < SLOTS.length - 1],
    ["every other slot", (_slot: Slot, index: number) => index % 2 === 0],
  ])("and sees %s of what was handed out before loses nothing of it", async (_, unseen) => {
    // GIVEN messages whose lease has expired
    const { engine, process, clock } = await withAudit();
    await publishEach(engine, ...SLOTS);
    await receive(engine);
    clock.advance(30_000);
    // WHEN they are handed out again, some at a time
    const consumer = process(lagging(unseen, []));
    const again: unknown[] = [];
    for (let look = 0; look < SLOTS.length; look++) again.push(...bodies(await receive(consumer, 4)));
    // THEN
    expect(again).toEqual(SLOTS);
  });
});
