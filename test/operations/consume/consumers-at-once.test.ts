import { seededRandom } from "../../../lib/adapters/memory/random.js";
import type { Engine, Ports } from "../../../lib/operations/engine.js";
import { ack, bodies, publishTogether, receive, retry, withAudit, withTimedAudit } from "../a-consumer.js";
import { aText, publishTexts } from "../a-deployment.js";
import { driven, portsAround, slow } from "../ports-around.js";
import type { Handed } from "../../../lib/domain/handed.js";

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `m${index}`);

describe("many consumers at once on one backlog", () => {
  it.each([1, 2, 3])("hand out no message twice while leases hold, and lose none, seed %i", async (seed) => {
    // GIVEN
    const { engine, process, clock } = await withTimedAudit({}, seed * 100);
    const all = names(600);
    for (let from = 0; from < 600; from += 30) await publishTogether(engine, ...all.slice(from, from + 30));
    const received: unknown[] = [];
    const chance = seededRandom(seed);
    const consume = async (consumer: Engine): Promise<void> => {
      for (;;) {
        const handed = await receive(consumer, 10, { waitSeconds: 2 });
        if (handed.length === 0) return;
        received.push(...bodies(handed));
        await ack(consumer, handed);
      }
    };
    // WHEN
    const startMs = clock.nowMs();
    const consumers = Array.from({ length: 12 }, () => process(slow(clock, chance)));
    await driven(clock, Promise.all(consumers.map(consume)));
    // THEN
    expect(received).toHaveLength(600);
    expect(new Set(received)).toEqual(new Set(all));
    expect(clock.nowMs() - startMs).toBeLessThan(10_000);
  });

  it.each([4, 5])(
    "that fail at random still end each message, once its leases are over, seed %i",
    async (seed) => {
      // GIVEN consumers that forget a third of what they get, and give back another
      const { engine, process, clock } = await withTimedAudit({}, seed * 100);
      const all = names(200);
      await publishTogether(engine, ...all);
      const done = new Set<unknown>();
      const chance = seededRandom(seed);
      const consume = async (consumer: Engine): Promise<void> => {
        for (;;) {
          const handed = await receive(consumer, 7, { ackDeadlineSeconds: 5, waitSeconds: 12 });
          if (handed.length === 0) return;
          const fate = chance.below(3);
          if (fate === 0) await retry(consumer, handed, chance.below(3));
          if (fate !== 1) continue;
          for (const body of bodies(handed)) {
            expect(done.has(body)).toBe(false);
            done.add(body);
          }
          await ack(consumer, handed);
        }
      };
      // WHEN
      const consumers = Array.from({ length: 6 }, () => process(slow(clock, chance)));
      await driven(clock, Promise.all(consumers.map(consume)));
      // THEN
      expect(done).toEqual(new Set(all));
    },
  );
});

describe("with an ordering key", () => {
  const KEYS = ["a", "b", "c", "d", "e", "f"];
  const keyed = (count: number) =>
    names(count).flatMap((body) => KEYS.map((key) => aText(`${key}-${body}`, { key })));
  const ORDERED = { topic: { ordering: "key", partitions: 3 } } as const;

  it("hands out each key to one consumer at a time, and all keys of a partition at once", async () => {
    const { engine, process } = await withAudit({ topic: { ordering: "key", partitions: 1 } });
    await publishTexts(engine, "orders", ...keyed(5));
    const leases: (readonly Handed[])[] = [];
    for (let look = 0; look < 6; look++) leases.push(await receive(process(), 2));
    const handed = leases.map((lease) => lease.map(({ body }) => body));
    expect(handed).toEqual([["a-m0", "b-m0"], ["c-m0", "d-m0"], ["e-m0", "f-m0"], [], [], []]);
  });

  it("GIVEN one partition with 50 keys WHEN 20 processes take one by one THEN nearly 20 are at work", async () => {
    // GIVEN
    const { engine, process, clock } = await withTimedAudit(
      { topic: { ordering: "key", partitions: 1 } },
      100,
    );
    const texts = names(600).map((body, at) => aText(body, { key: `k${at % 50}` }));
    for (let from = 0; from < texts.length; from += 100)
      await publishTexts(engine, "orders", ...texts.slice(from, from + 100));
    const chance = seededRandom(1);
    const moves = { moved: 0, lost: 0 };
    const counting = (ports: Ports): Partial<Ports> => ({
      ...portsAround({ ...ports, ...slow(clock, chance)(ports) }, async ({ name }, carryOut) => {
        const outcome = await carryOut();
        if (name === "progress.move") moves[outcome === "conflict" ? "lost" : "moved"]++;
        return outcome;
      }),
    });
    const endMs = clock.nowMs() + 3_000;
    const atWork = new Set<string>();
    let most = 0;
    const consume = async (consumer: Engine): Promise<void> => {
      while (clock.nowMs() < endMs) {
        const handed = await receive(consumer, 1, { waitSeconds: 5 });
        for (const { key = "" } of handed) {
          expect(atWork.has(key)).toBe(false);
          atWork.add(key);
        }
        most = Math.max(most, atWork.size);
        await clock.sleep(100);
        for (const { key = "" } of handed) atWork.delete(key);
        await ack(consumer, handed);
      }
    };
    // WHEN
    const consumers = Array.from({ length: 20 }, () => process(counting));
    await driven(clock, Promise.all(consumers.map(consume)));
    // THEN
    expect(most).toBeGreaterThanOrEqual(17);
    expect(moves.lost).toBeLessThan(4 * moves.moved);
  });

  it("goes on with each key as soon as its own message is acknowledged", async () => {
    // GIVEN a lease of two keys, and behind it one of their next, which another consumer has passed
    const { engine, process } = await withAudit({ topic: { ordering: "key", partitions: 1 } });
    const texts = ["a1", "b1", "a2", "c1", "a3"].map((body) => aText(body, { key: body.slice(0, 1) }));
    await publishTexts(engine, "orders", ...texts);
    const first = await receive(engine, 2);
    expect(bodies(await receive(process(), 10))).toEqual(["c1"]);
    // WHEN
    await ack(process(), [first[0]]);
    // THEN its receipt's neighbour is as good as it was
    expect(bodies(await receive(process(), 10))).toEqual(["a2"]);
    expect(await receive(process(), 10)).toEqual([]);
    expect(await ack(process(), [first[1]])).toEqual(["ok"]);
  });

  it("GIVEN a key that fails THEN the others go on, and it comes in order once it is due", async () => {
    const { engine, process, clock } = await withAudit({ topic: { ordering: "key", partitions: 1 } });
    const texts = ["a1", "b1", "a2", "b2", "a3", "b3"].map((body) => aText(body, { key: body.slice(0, 1) }));
    await publishTexts(engine, "orders", ...texts);
    await retry(engine, [(await receive(engine, 1))[0]], 600);
    for (const next of ["b1", "b2", "b3"]) {
      const handed = await receive(process(), 1);
      expect(bodies(handed)).toEqual([next]);
      await ack(engine, handed);
    }
    expect(await receive(process(), 10)).toEqual([]);
    clock.advance(600_000);
    const again = await receive(process(), 1);
    expect([bodies(again), bodies(await receive(process(), 10))]).toEqual([["a1"], []]);
    await ack(process(), again);
    expect(bodies(await receive(process(), 10))).toEqual(["a2", "a3"]);
  });

  it("hands out the next of a partition once its lease is settled in full", async () => {
    const { engine } = await withAudit(ORDERED);
    await publishTexts(engine, "orders", ...names(4).map((body) => aText(body, { key: "a" })));
    const first = await receive(engine, 2);
    await ack(engine, [first[1]]);
    expect(await receive(engine)).toEqual([]);
    await ack(engine, [first[0]]);
    expect(bodies(await receive(engine))).toEqual(["m2", "m3"]);
  });

  it("overtakes nothing that waits for a retry", async () => {
    const { engine, clock } = await withAudit(ORDERED);
    await publishTexts(engine, "orders", ...names(5).map((body) => aText(body, { key: "a" })));
    const handed = await receive(engine, 3);
    // All that is left of its lease goes back with the first: nothing of the key comes before it.
    await retry(engine, [handed[0]], 10);
    clock.advance(10_000);
    // Its key is busy while their consumer has the others.
    expect(await receive(engine)).toEqual([]);
    await ack(engine, handed.slice(1));
    expect(bodies(await receive(engine, 1))).toEqual(["m0"]);
    expect(await receive(engine)).toEqual([]);
    clock.advance(30_000);
    expect(bodies(await receive(engine, 10))).toEqual(["m0"]);
  });

  it.each([1, 2, 3])("keeps the order of each key, whatever fails, seed %i", async (seed) => {
    // GIVEN consumers that forget some of what they get, give back some, and end the rest
    const { engine, process, clock } = await withTimedAudit(ORDERED, seed * 100);
    await publishTexts(engine, "orders", ...keyed(30));
    const done = new Map<string, string[]>();
    const chance = seededRandom(seed);
    const consume = async (consumer: Engine): Promise<void> => {
      for (;;) {
        const handed = await receive(consumer, 1 + chance.below(12), {
          ackDeadlineSeconds: 3,
          waitSeconds: 15,
        });
        if (handed.length === 0) return;
        const fate = chance.below(4);
        if (fate === 0) continue;
        const end = fate === 1 ? chance.below(handed.length) : handed.length;
        for (const { key = "", body } of handed.slice(0, end))
          done.set(key, [...(done.get(key) ?? []), String(body)]);
        await ack(consumer, handed.slice(0, end));
        if (end < handed.length) await retry(consumer, handed.slice(end), chance.below(2));
      }
    };
    // WHEN
    const consumers = Array.from({ length: 5 }, () => process(slow(clock, chance)));
    await driven(clock, Promise.all(consumers.map(consume)), 3_600_000);
    // THEN each was ended once, in order
    for (const key of KEYS) expect(done.get(key)).toEqual(names(30).map((body) => `${key}-${body}`));
  });
});
