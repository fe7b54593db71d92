import { findSubscription } from "../../../lib/operations/lookup.js";
import { type ReplayBounds, replayRanges } from "../../../lib/operations/manage/replay-ranges.js";
import { partitionFor } from "../../../lib/domain/topic.js";
import { drained, publishEach, receive, withAudit } from "../a-consumer.js";
import { START_MS, aText, publishTexts } from "../a-deployment.js";

/** Offsets begin at the clock, in microseconds. */
const BASE = START_MS * 1_000;

it("GIVEN what was passed and what lies ahead THEN a range ends at the head", async () => {
  const { engine, clock } = await withAudit({ topic: { partitions: 1 } });
  const ids = await publishEach(engine, "a", "b", "c");
  clock.advance(10);
  await receive(engine, 2);
  const reader = await findSubscription(engine, "orders", "audit");
  const ranges = async (bounds: ReplayBounds): Promise<unknown[]> =>
    (await replayRanges(engine, reader, bounds, {})).map(({ from, to }) => [
      Math.max(from, BASE) - BASE,
      to - BASE,
    ]);
  expect(await ranges({ from: "earliest" })).toEqual([[0, 2]]);
  expect(await ranges({ from: { id: ids[1] ?? "" } })).toEqual([[1, 2]]);
  expect(await ranges({ from: { id: ids[2] ?? "" } })).toEqual([]);
  expect(await ranges({ from: "earliest", to: { id: ids[0] ?? "" } })).toEqual([[0, 1]]);
  expect(await ranges({ from: { timeMs: clock.nowMs() } })).toEqual([]);
});

it("GIVEN ordering and a key THEN only its partition is read", async () => {
  const { engine } = await withAudit({ topic: { partitions: 8, ordering: "key" } });
  const keys = ["a", "b", "c", "d", "e", "f"];
  await publishTexts(engine, "orders", ...keys.map((key) => aText(key, { key })));
  await drained(engine);
  const reader = await findSubscription(engine, "orders", "audit");
  const partitions = (await replayRanges(engine, reader, { from: "earliest" }, { key: "c" })).map(
    ({ partition }) => partition,
  );
  expect(partitions).toEqual([partitionFor(reader.topic, "c")]);
  expect((await replayRanges(engine, reader, { from: "earliest" }, {})).length).toBeGreaterThan(1);
});
