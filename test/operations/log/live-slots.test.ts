import { nextOffset } from "../../../lib/domain/slot.js";
import type { Place } from "../../../lib/domain/place.js";
import { type Look, liveSlots } from "../../../lib/operations/log/live-slots.js";
import { stored } from "../an-append.js";
import { aLog, slotIn } from "../a-log.js";

const HOUR_MS = 3_600_000;
const singles = (count: number): string[][] => Array.from({ length: count }, (_, at) => [`m${at}`]);

type Log = Awaited<ReturnType<typeof aLog>>;
const placeOf = (log: Log, index: number): Place => {
  const { base } = slotIn(log, index);
  return { head: base, slotBase: base };
};
const look = (log: Log, from: Place, more: Partial<Look> = {}) =>
  liveSlots(log.engine, log.partition, from, { lookMessages: 100, slotCount: 1, ...more });

describe("GIVEN slots that live", () => {
  it("WHEN looked for from a place on THEN they are all there, and nothing was passed over", async () => {
    const log = await aLog(["a"], ["b", "c"], ["d"]);
    const from = placeOf(log, 1);
    expect(await look(log, from)).toMatchObject({ place: from, live: log.slots.slice(1), expired: 0 });
  });

  it("WHEN a slot has about five messages THEN two slots are asked for to look at ten", async () => {
    const log = await aLog(...Array.from({ length: 4 }, () => ["a", "b", "c", "d", "e"]));
    const { live } = await look(log, placeOf(log, 0), { lookMessages: 10, slotCount: 5 });
    expect(live).toEqual(log.slots.slice(0, 2));
  });

  it("WHEN the place is far behind the base of its span THEN the slots in front of it are read over", async () => {
    const log = await aLog(...singles(20));
    const from = { head: slotIn(log, 15).base, slotBase: slotIn(log, 0).base };
    const found = await look(log, from, { lookMessages: 1, slotCount: 10 });
    expect(found).toMatchObject({ place: from, live: [slotIn(log, 15)], expired: 0 });
  });
});

describe("GIVEN slots that have expired", () => {
  /** Those in front of the last `alive` have expired. */
  async function withExpired(expired: number, alive: number, together = 1): Promise<Log> {
    const slot = Array.from({ length: together }, () => "m");
    const log = await aLog(...Array.from({ length: expired }, () => slot));
    log.clock.advance(HOUR_MS - 1);
    for (let count = 0; count < alive; count++) await log.publish("new");
    log.clock.advance(1);
    return log;
  }

  it("WHEN some of a page live THEN the place is right behind the others, which are counted", async () => {
    const log = await withExpired(2, 1, 3);
    const head = nextOffset(slotIn(log, 1));
    const found = await look(log, placeOf(log, 0));
    expect(found).toMatchObject({ place: { head, slotBase: head }, expired: 6 });
    expect(found.live).toEqual(stored(log).slice(2));
  });

  it("WHEN the look begins in the midst of one THEN only the rest of it is counted", async () => {
    const log = await withExpired(2, 1, 3);
    const { base } = slotIn(log, 0);
    expect(await look(log, { head: base + 2, slotBase: base })).toMatchObject({ expired: 4 });
  });

  it("WHEN the store has dropped some THEN these are counted too", async () => {
    const log = await withExpired(6, 1);
    for (const slots of log.storage.logs.values()) slots.splice(1, 3);
    expect(await look(log, placeOf(log, 0))).toMatchObject({ expired: 6 });
  });

  it("WHEN they fill many pages THEN the first live slot is found in few reads", async () => {
    const log = await withExpired(500, 2);
    log.calls.length = 0;
    const { live, expired } = await look(log, placeOf(log, 0), { lookMessages: 5 });
    // THEN it halves what lies between, the jump of the offsets included, instead of reading a hundred pages
    expect([live.length, expired]).toEqual([2, 500]);
    expect(log.calls.length).toBeLessThan(45);
  });

  it("WHEN nothing lives THEN the place is the end of the log, and all of it is counted", async () => {
    const log = await withExpired(50, 0);
    const head = nextOffset(slotIn(log, 49));
    const found = await look(log, placeOf(log, 0), { lookMessages: 10 });
    expect(found).toMatchObject({ place: { head, slotBase: head }, live: [], expired: 50 });
  });

  it("WHEN the log began anew behind a jump of the offsets THEN the jump is not counted", async () => {
    const log = await aLog(...singles(30));
    log.clock.advance(2 * HOUR_MS);
    await log.publish("new");
    const { live, expired } = await look(log, placeOf(log, 0), { lookMessages: 10 });
    expect([live.length, expired]).toEqual([1, 30]);
  });

  it("WHEN messages are known to be there THEN it ends with the page, and searches for nothing behind it", async () => {
    const log = await withExpired(50, 1);
    const head = nextOffset(slotIn(log, 9));
    const found = await look(log, placeOf(log, 0), { lookMessages: 10, isKnown: true });
    expect(found).toMatchObject({ place: { head, slotBase: head }, live: [], expired: 10 });
  });
});
