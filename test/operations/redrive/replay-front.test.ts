import { keyHash } from "../../../lib/domain/progress/chains.js";
import { NOTHING_READ } from "../../../lib/domain/replay-job.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { replayFront } from "../../../lib/operations/redrive/replay-front.js";
import { ack, receive, retry, withAudit } from "../a-consumer.js";
import { START_MS, aText, publishTexts } from "../a-deployment.js";

/** Offsets begin at the clock, in microseconds. */
const BASE = START_MS * 1_000;
const candidate = (nth: number, key: string) => ofOffset(BASE + nth, key);
const ofOffset = (offset: number, key: string) => ({
  ...{ counts: NOTHING_READ, next: { head: offset + 1, slotBase: 0 } },
  message: { id: `${offset}`, offset, slotBase: 0, key, publishedAtMs: 1 },
});

async function withKeys() {
  const audit = await withAudit({ topic: { partitions: 1, ordering: "key" } });
  const { engine } = audit;
  for (const key of ["a", "b"]) await publishTexts(engine, "orders", aText(key, { key }));
  const [a, b] = await receive(engine);
  await ack(engine, [a]);
  await retry(engine, [b], 60);
  const { subscription } = await findSubscription(engine, "orders", "audit");
  const cursor = await engine.progress.cursor(subscription, 0);
  if (!cursor) throw new Error("nothing was received");
  return { ...audit, subscription, cursor };
}

it("GIVEN a key that waits and one that does not THEN its record is found, and what that holds", async () => {
  const { engine, subscription, cursor } = await withKeys();
  const all = [candidate(0, "a"), candidate(1, "b"), candidate(2, "b")];
  const { candidates, underWay, front } = await replayFront(engine, subscription, cursor, all);
  expect(candidates).toHaveLength(3);
  expect([...underWay]).toEqual([BASE + 1]);
  expect([...front.holders.keys()]).toEqual([keyHash("b")]);
});

it("GIVEN no room for more of a key THEN what comes behind waits, whatever its key", async () => {
  const { process, subscription, cursor } = await withKeys();
  const tight = process(() => ({}), { parkedAtMost: 2 });
  const all = [candidate(2, "b"), candidate(3, "b"), candidate(4, "a")];
  const { candidates } = await replayFront(tight, subscription, cursor, all);
  expect(candidates.map(({ message: { offset } }) => offset)).toEqual([BASE + 2]);
});
