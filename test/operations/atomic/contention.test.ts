import { seededRandom } from "../../../lib/adapters/memory/random.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { publish } from "../../../lib/operations/publish/publish.js";
import { partitionOfKey } from "../../../lib/domain/topic.js";
import { aText, aTimedDeployment } from "../a-deployment.js";
import { driven, slow } from "../ports-around.js";
import { together } from "./with-topics.js";

// Some thousand publishes, in virtual time.
jest.setTimeout(60_000);

const PARTITIONS = 8;
/** A key of each partition. */
const KEYS = Array.from({ length: PARTITIONS }, (_, partition) => {
  let number = 0;
  while (partitionOfKey(`k${number}`, PARTITIONS) !== partition) number++;
  return `k${number}`;
});

/** Writers that publish one message after the other into the first `hot` partitions, and never rest. */
async function withWriters(hot: number, pauseMs: number) {
  const deployment = aTimedDeployment();
  const { clock } = deployment;
  await driven(clock, putTopic(deployment.process(), "orders", { ordering: "key", partitions: PARTITIONS }));
  const made = (seed: number) => deployment.process(slow(clock, seededRandom(seed)));
  const state = { isOver: false, written: 0, failed: 0 };
  const write = async (key: string, seed: number): Promise<void> => {
    const engine = made(seed);
    while (!state.isOver) {
      const [result] = await publish(engine, "orders", [aText("w", { key })]);
      if (result?.kind === "failed") state.failed++;
      state.written++;
      await clock.sleep(pauseMs);
    }
  };
  const writers = KEYS.slice(0, hot).map((key, at) => write(key, at + 1));
  return { deployment, clock, state, atomic: made(99), writers };
}

it.each([
  ["one of eight partitions", 1, 0],
  ["each of eight partitions, with pauses", 8, 200],
])("GIVEN a writer in %s WHEN all eight are published to THEN it gets through", async (_, hot, pauseMs) => {
  const { clock, state, atomic, writers } = await withWriters(hot, pauseMs);
  const given = KEYS.map((key) => ["orders", "a", { key }] as const);
  const before = clock.nowMs();
  for (let round = 0; round < 5; round++) {
    const results = await driven(clock, together(atomic, given));
    expect(results.every(({ kind }) => kind === "published")).toBe(true);
  }
  expect(clock.nowMs() - before).toBeLessThan(60_000);
  state.isOver = true;
  await driven(clock, Promise.all(writers));
  // Nobody is held up by it.
  expect(state.failed).toBe(0);
  expect(state.written).toBeGreaterThan(0);
});

it("GIVEN writers that never rest WHEN it is beaten each time THEN it ends, and they go on", async () => {
  const { clock, state, atomic, writers } = await withWriters(PARTITIONS, 0);
  const given = KEYS.map((key) => ["orders", "a", { key }] as const);
  const before = clock.nowMs();
  const outcome = await driven(
    clock,
    together(atomic, given).catch((error: { code: string }) => error.code),
  );
  expect(outcome).toBe("throttled");
  expect(clock.nowMs() - before).toBeLessThan(29_000);
  state.isOver = true;
  await driven(clock, Promise.all(writers));
  expect(state.failed).toBe(0);
});
