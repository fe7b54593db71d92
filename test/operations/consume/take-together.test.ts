import type { Handed } from "../../../lib/domain/handed.js";
import { StorageUnavailable } from "../../../lib/domain/errors.js";
import type { Engine, Settings } from "../../../lib/operations/engine.js";
import { memoryBytesFor } from "../../../lib/operations/memory-budget.js";
import { ack, bodies, publishTogether, receive, retry, withTimedAudit } from "../a-consumer.js";
import { driven, portsAround, recording } from "../ports-around.js";

const SLOT = 10;
const names = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, at) => `m${from + at}`);
const ofSlots = (...slots: number[]): string[][] => slots.map((slot) => names(SLOT, SLOT * slot));
const ofStores = (calls: readonly string[]): string[] => calls.filter((name) => /^(log|progress)/.test(name));

/** A backlog in one partition, in slots of ten, and a consumer that has received the first of them. */
async function aBacklog(slots: number, settings: Partial<Settings> = {}) {
  const audit = await withTimedAudit({ topic: { partitions: 1 } });
  for (let slot = 0; slot < slots; slot++) await publishTogether(audit.engine, ...names(SLOT, SLOT * slot));
  const calls: string[] = [];
  const consumer = audit.process(recording(calls), settings);
  const first = await receive(consumer, SLOT);
  expect([bodies(first)]).toEqual(ofSlots(0));
  calls.length = 0;
  return { ...audit, consumer, first, calls };
}

const atOnce = (consumer: Engine, count: number): Promise<readonly (readonly Handed[])[]> =>
  Promise.all(Array.from({ length: count }, () => receive(consumer, SLOT)));

describe("GIVEN a backlog WHEN several receive at once", () => {
  it("THEN one read and one move serve all of them, in their order", async () => {
    const { consumer, calls } = await aBacklog(9);
    const handed = await atOnce(consumer, 4);
    expect(handed.map(bodies)).toEqual(ofSlots(1, 2, 3, 4));
    // The second read is ahead, for those who come next.
    expect(ofStores(calls)).toEqual(["log.read", "log.read", "progress.advance"]);
  });

  it("THEN each has a lease of its own, which it settles by itself", async () => {
    const { engine, consumer, clock, first } = await aBacklog(4);
    const [one = [], other = [], last = []] = await atOnce(consumer, 3);
    expect(await ack(engine, one)).toEqual(one.map(() => "ok"));
    expect(await retry(engine, other)).toEqual(other.map(() => "ok"));
    expect(bodies(await receive(engine, 3 * SLOT))).toEqual(bodies(other));
    await clock.advance(3_600_000);
    // What failed together comes again together, with no others beside it.
    const again: unknown[] = [];
    for (let group = 0; group < 4; group++) again.push(bodies(await receive(engine, 4 * SLOT)));
    expect(again.sort()).toEqual([[], bodies(first), bodies(other), bodies(last)]);
  });

  it("THEN those for whom nothing is left get nothing, and none waits for more", async () => {
    const { consumer } = await aBacklog(3);
    const handed = await atOnce(consumer, 4);
    expect(handed.map(bodies)).toEqual([...ofSlots(1, 2), [], []]);
  });

  it("THEN what one of them left before a deadline that has passed goes to one of them only", async () => {
    const { consumer, first, clock } = await aBacklog(5);
    await clock.advance(3_600_000);
    const handed = (await atOnce(consumer, 4)).flatMap(bodies);
    expect(new Set(handed).size).toBe(handed.length);
    expect(handed).toEqual(expect.arrayContaining(bodies(first)));
  });

  it("THEN those with other deadlines take by themselves", async () => {
    const { consumer } = await aBacklog(3);
    const handed = await Promise.all([
      receive(consumer, SLOT),
      receive(consumer, SLOT, { ackDeadlineSeconds: 5 }),
    ]);
    expect(handed.map(bodies).sort()).toEqual(ofSlots(1, 2));
  });

  it("THEN one whose consumer leaves meanwhile gets nothing, and takes nothing from the others", async () => {
    const { consumer } = await aBacklog(4);
    const leaving = new AbortController();
    const gone = receive(consumer, SLOT, { signal: leaving.signal });
    const others = atOnce(consumer, 2);
    leaving.abort();
    expect(await gone).toEqual([]);
    expect((await others).map(bodies)).toEqual(ofSlots(1, 2));
  });

  it("THEN a race that is lost is run again for all of them", async () => {
    const { engine, consumer, calls } = await aBacklog(5);
    expect([bodies(await receive(engine, SLOT))]).toEqual(ofSlots(1));
    expect((await atOnce(consumer, 2)).map(bodies)).toEqual(ofSlots(2, 3));
    expect(calls.filter((name) => name === "progress.advance")).toHaveLength(2);
  });

  it("THEN no more of them go together than memory is there for", async () => {
    const bytes = SLOT * 30;
    const settings = { decodedBytes: memoryBytesFor(2 * bytes), slotCacheBytes: 0 };
    const { consumer, calls } = await aBacklog(5, settings);
    const asked = Array.from({ length: 4 }, () => receive(consumer, SLOT, { maxBytes: bytes }));
    expect((await Promise.all(asked)).map(bodies)).toEqual(ofSlots(1, 2, 3, 4));
    expect(calls.filter((name) => name === "progress.advance")).toHaveLength(2);
  });
});

describe("GIVEN a backlog WHEN one receives while another one's acknowledgement is under way", () => {
  const ENDS_MS = 10;

  /** Two consumers of one process, of which the first acknowledges and receives again. */
  async function twoConsumers(slots: number, { endsAfterMs = ENDS_MS, wanted = SLOT } = {}) {
    const { consumer: _, ...backlog } = await aBacklog(slots);
    const { calls, clock } = backlog;
    const consumer = backlog.process((ports) => ({
      ...portsAround(ports, async ({ name }, carryOut) => {
        calls.push(name);
        if (name === "progress.finish") await clock.sleep(endsAfterMs);
        return await carryOut();
      }),
      clock: { ...clock, turn: () => new Promise((resolve) => setImmediate(resolve)) },
    }));
    const taken = await receive(consumer, wanted);
    calls.length = 0;
    const again = ack(consumer, taken).then(() => receive(consumer, SLOT));
    while (!calls.includes("progress.finish")) await consumer.clock.turn();
    const other = receive(consumer, SLOT);
    return { ...backlog, again, other };
  }

  it("THEN both take together once it has ended", async () => {
    const { again, other, calls, clock } = await twoConsumers(6);
    const handed = await driven(clock, Promise.all([other, again]));
    expect(handed.map(bodies)).toEqual(ofSlots(2, 3));
    expect(ofStores(calls)).toEqual(["progress.finish", "log.read", "log.read", "progress.advance"]);
  });

  it("THEN a slow one holds it up for a moment only", async () => {
    const { other, clock } = await twoConsumers(6, { endsAfterMs: 60_000 });
    expect(bodies(await driven(clock, other, 1_000))).toEqual(names(SLOT, 2 * SLOT));
  });

  it("THEN it does not wait if the last take found less than it wanted", async () => {
    const { other, calls } = await twoConsumers(2, { endsAfterMs: 60_000, wanted: 2 * SLOT });
    expect(bodies(await other)).toEqual([]);
    expect(ofStores(calls)).not.toContain("progress.advance");
  });
});

describe("GIVEN a store that cannot be read WHEN several receive at once", () => {
  /** Of what is due, the process knows the messages already. */
  async function withTrouble(isDue: boolean) {
    const audit = await withTimedAudit({ topic: { partitions: 1 } });
    await publishTogether(audit.engine, ...names(SLOT));
    let isDown = false;
    const consumer = audit.process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        if (isDown && (name === "log.read" || name === "log.tail")) throw new StorageUnavailable("the test");
        return await carryOut();
      }),
    );
    const first = await receive(consumer, SLOT);
    if (isDue) await retry(consumer, first);
    isDown = true;
    return { consumer, first };
  }

  it("THEN what is due goes to one of them all the same", async () => {
    const { consumer, first } = await withTrouble(true);
    const said = await Promise.allSettled([receive(consumer, SLOT), receive(consumer, SLOT)]);
    const handed = said.flatMap((one) => (one.status === "fulfilled" ? bodies(one.value) : []));
    expect(handed).toEqual(bodies(first));
  });

  it("THEN each hears of it, if nothing is due", async () => {
    const { consumer } = await withTrouble(false);
    const said = await Promise.allSettled([receive(consumer, SLOT), receive(consumer, SLOT)]);
    expect(said.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  });
});
