import type { Handed } from "../../../lib/domain/handed.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { bodies, publishTogether, receive, withTimedAudit } from "../a-consumer.js";
import { recording } from "../ports-around.js";

const names = (count: number, from = 0): string[] => Array.from({ length: count }, (_, at) => `m${from + at}`);

/** A backlog in slots of ten, and a consumer that has seen it. */
async function aBacklog(slots: number) {
  const audit = await withTimedAudit({ topic: { partitions: 1 } });
  for (let slot = 0; slot < slots; slot++) await publishTogether(audit.engine, ...names(10, 10 * slot));
  const calls: string[] = [];
  const consumer = audit.process(recording(calls));
  expect(bodies(await receive(consumer, 10))).toEqual(names(10));
  calls.length = 0;
  return { ...audit, consumer, calls };
}

const atOnce = (consumer: Engine, count: number): Promise<readonly (readonly Handed[])[]> =>
  Promise.all(Array.from({ length: count }, () => receive(consumer, 10)));

it("GIVEN a backlog WHEN four receive at once THEN one read and one move serve all of them", async () => {
  const { consumer, calls } = await aBacklog(9);
  const handed = await atOnce(consumer, 4);
  expect(handed.map(bodies)).toEqual([1, 2, 3, 4].map((slot) => names(10, 10 * slot)));
  expect(calls.filter((name) => /^(log|progress)/.test(name))).toEqual(["log.read", "progress.advance"]);
});
