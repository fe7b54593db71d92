import { StorageUnavailable } from "../../../lib/domain/errors.js";
import type { Handed } from "../../../lib/domain/handed.js";
import type { SubscriptionSettings } from "../../../lib/domain/subscription.js";
import type { Engine, Ports, Settings } from "../../../lib/operations/engine.js";
import { ack, bodies, publishTogether, receive, withTimedAudit } from "../a-consumer.js";
import { driven, portsAround } from "../ports-around.js";

const SLOT = 10;
const names = (...slots: readonly number[]): readonly string[] =>
  slots.flatMap((slot) => Array.from({ length: SLOT }, (_, at) => `m${SLOT * slot + at}`));

/** How long a read of the log takes, and which one of a round fails. */
interface Reading {
  delayMs: number;
  fails?: number;
}

/** A backlog in slots of ten, of which one process has received the first, so that it knows that there is more. */
async function aBacklog(
  slots: number,
  settings: Partial<Settings> = {},
  subscription: Partial<SubscriptionSettings> = {},
) {
  const audit = await withTimedAudit({ topic: { partitions: 1 }, subscription });
  const { clock } = audit;
  for (let slot = 0; slot < slots; slot++) await publishTogether(audit.engine, ...names(slot));
  const calls: string[] = [];
  const reading: Reading = { delayMs: 0 };
  const around = (ports: Ports): Partial<Ports> =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (name !== "log.read" && name !== "progress.advance") return await carryOut();
      calls.push(name);
      if (name !== "log.read") return await carryOut();
      const reads = calls.filter((call) => call === name).length;
      if (reading.delayMs > 0) await clock.sleep(reading.delayMs);
      if (reads === reading.fails) throw new StorageUnavailable("the log");
      return await carryOut();
    });
  const consumer = audit.process(around, settings);
  expect(bodies(await receive(consumer, SLOT))).toEqual(names(0));
  calls.length = 0;
  /** What several got that asked at once, and the calls that it took. */
  const atOnce = async (count = 2, of: Engine = consumer) => {
    calls.length = 0;
    const receives = Array.from({ length: count }, () => receive(of, SLOT));
    const handed: readonly (readonly Handed[])[] = await driven(clock, Promise.all(receives));
    return { handed: handed.flat(), calls: [...calls] };
  };
  return { ...audit, consumer, atOnce, reading, calls };
}

describe("GIVEN a backlog, and several that receive from it in one process", () => {
  it("WHEN they come again THEN what they get was read before", async () => {
    const { atOnce } = await aBacklog(9);
    const first = await atOnce();
    expect(first).toMatchObject({ calls: ["log.read", "log.read", "progress.advance"] });
    expect(bodies(first.handed)).toEqual(names(1, 2));
    const second = await atOnce();
    expect(bodies(second.handed)).toEqual(names(3, 4));
    // What is read here is for the third time.
    expect(second.calls).toEqual(["log.read", "progress.advance"]);
  });

  it("WHEN reading ahead takes long THEN they wait for it, and read nothing twice", async () => {
    const { atOnce, reading } = await aBacklog(9);
    reading.delayMs = 500;
    await atOnce();
    const second = await atOnce();
    expect(bodies(second.handed)).toEqual(names(3, 4));
    expect(second.calls).toEqual(["log.read", "progress.advance"]);
  });

  it("WHEN reading ahead fails THEN nobody fails, and it is read again", async () => {
    const { atOnce, reading } = await aBacklog(9);
    reading.fails = 2;
    expect(bodies((await atOnce()).handed)).toEqual(names(1, 2));
    const second = await atOnce();
    expect(bodies(second.handed)).toEqual(names(3, 4));
    expect(second.calls).toEqual(["log.read", "log.read", "progress.advance"]);
  });

  it("WHEN another process takes what was read ahead THEN nobody gets it twice, and nothing is left out", async () => {
    const { atOnce, engine } = await aBacklog(9);
    await atOnce();
    expect(bodies(await receive(engine, SLOT))).toEqual(names(3));
    expect(bodies((await atOnce()).handed)).toEqual(names(4, 5));
    expect(bodies((await atOnce()).handed)).toEqual(names(6, 7));
  });

  it("WHEN what was read ahead expires before they come THEN they do not get it", async () => {
    const { atOnce, clock, engine } = await aBacklog(5);
    const { handed } = await atOnce();
    await ack(engine, handed);
    await clock.advance(400 * 86_400_000);
    expect(bodies((await atOnce()).handed)).toEqual([]);
  });
});

describe("GIVEN a backlog WHEN there is no reason to believe that the same will come for the rest", () => {
  const once = ["log.read", "progress.advance"];

  it("since one comes alone THEN nothing is read ahead", async () => {
    const { atOnce } = await aBacklog(9);
    expect(await atOnce(1)).toMatchObject({ calls: once });
  });

  it("since there is no more THEN nothing is read ahead", async () => {
    const { atOnce } = await aBacklog(2);
    expect((await atOnce()).calls.slice(0, 2)).toEqual(once);
  });

  it("since the cache has no room for it THEN nothing is read ahead", async () => {
    const { atOnce } = await aBacklog(9, { slotCacheBytes: 2 * SLOT * 1_024 });
    expect(await atOnce()).toMatchObject({ calls: once });
  });

  it("since a filter may leave out most of it THEN nothing is read ahead", async () => {
    const { atOnce } = await aBacklog(9, {}, { filter: '{"tag":[{"exists":false}]}' });
    expect((await atOnce()).calls.at(-1)).toBe("progress.advance");
    expect((await atOnce()).calls[0]).toBe("log.read");
  });
});
