import { memoryPorts } from "../lib/adapters/memory/ports.js";
import { MemoryStarter } from "../lib/adapters/memory/starter.js";
import { MemoryStorage } from "../lib/adapters/memory/storage.js";
import { MemorySubscriber } from "../lib/adapters/memory/subscriber.js";
import { systemClock } from "../lib/adapters/system/clock.js";
import { systemRandom } from "../lib/adapters/system/random.js";
import { receiveWaiting } from "../lib/operations/consume/receive.js";
import { settle } from "../lib/operations/consume/settle.js";
import { type Engine, createEngine } from "../lib/operations/engine.js";
import { putSubscription } from "../lib/operations/manage/subscriptions.js";
import { putTopic } from "../lib/operations/manage/topics.js";
import { publish } from "../lib/operations/publish/publish.js";
import { fixed, keepBusy, percentile, show } from "./measure.js";
import { SILENT, processOn, withStore } from "./store.js";

const TOPIC = "orders";
const NAME = "warehouse";
const A_SECOND = 50;
const SECONDS = 12;
const DROPPED_SECONDS = 2;
const WARM_UP_MS = 10_000;
const POLL = { maxMessages: 10, waitSeconds: 5 };

/** From a publish's call to its own answer, and to that of the poll that brings the message. */
interface Latencies {
  readonly published: readonly number[];
  readonly polled: readonly number[];
}

async function latencies(publisher: Engine, consumer: Engine): Promise<Latencies> {
  await putTopic(publisher, TOPIC, {});
  await putSubscription(publisher, TOPIC, NAME, {});
  const took: number[] = [];
  const published: number[] = [];
  const stop = new AbortController();
  const polls = (async () => {
    while (!stop.signal.aborted) {
      const handed = await receiveWaiting(consumer, TOPIC, NAME, POLL, stop.signal);
      const atMs = performance.now();
      for (const { body } of handed) took.push(atMs - Number(String(body).split(" ", 1)[0]));
      const acks = handed.map(({ receipt }) => ({ receipt, outcome: "ack" as const }));
      if (acks.length > 0) await settle(consumer, TOPIC, NAME, acks);
    }
  })();
  const startMs = performance.now();
  const publishes: Promise<unknown>[] = [];
  for (let index = 0; index < A_SECOND * SECONDS; index++) {
    const waitMs = startMs + (index * 1_000) / A_SECOND - performance.now();
    if (waitMs > 0) await systemClock.sleep(waitMs);
    const atMs = performance.now();
    const body = `${atMs} ${"x".repeat(1_000)}`;
    const stored = publish(publisher, TOPIC, [{ body, contentType: "text/plain" }]);
    publishes.push(stored.then(() => published.push(performance.now() - atMs)));
  }
  await Promise.all(publishes);
  const untilMs = performance.now() + 2_000;
  while (took.length < publishes.length && performance.now() < untilMs) await systemClock.sleep(20);
  if (took.length !== publishes.length) throw new Error(`${took.length} of ${publishes.length} arrived`);
  stop.abort();
  await polls;
  const [early, late] = [A_SECOND * DROPPED_SECONDS, A_SECOND * SECONDS];
  return { published: published.slice(early, late), polled: took.slice(early, late) };
}

/** Java is slow in its first seconds: without this, a backlog grows that is measured instead. */
async function warmUp(engine: Engine): Promise<void> {
  await putTopic(engine, TOPIC, {});
  await putSubscription(engine, TOPIC, NAME, {});
  await keepBusy(1, WARM_UP_MS, async () => {
    await publish(engine, TOPIC, [{ body: "x".repeat(1_000), contentType: "text/plain" }]);
    const handed = await receiveWaiting(engine, TOPIC, NAME, POLL);
    const acks = handed.map(({ receipt }) => ({ receipt, outcome: "ack" as const }));
    await settle(engine, TOPIC, NAME, acks);
    return handed.length;
  });
}

const embedded = (): Engine =>
  createEngine(
    memoryPorts(new MemoryStorage(), {
      clock: systemClock,
      random: systemRandom,
      telemetry: SILENT,
      starter: new MemoryStarter(),
      subscriber: new MemorySubscriber(),
    }),
  );

export async function runPolls(): Promise<boolean> {
  const rows: string[][] = [];
  let holds = true;
  const add = (what: string, { published, polled }: Latencies, goalMs: number): void => {
    const isReached = percentile(polled, 0.5) <= goalMs;
    holds &&= isReached;
    const times = [0.5, 0.9, 0.99].map((share) => fixed(percentile(polled, share), 1));
    rows.push([
      what,
      fixed(percentile(published, 0.5), 1),
      ...times,
      `p50 ${goalMs}`,
      isReached ? "yes" : "NO",
    ]);
  };
  const inMemory = embedded();
  add("one process, in memory (sluice dev)", await latencies(inMemory, inMemory), 3);
  await withStore(async (store) => {
    await warmUp(processOn(await store.newTables()));
    const inOne = processOn(await store.newTables());
    add("one process", await latencies(inOne, inOne), 5);
    const db = await store.newTables();
    add("publisher and consumer are two processes", await latencies(processOn(db), processOn(db)), 15);
  });
  show(
    ["publish to the poll's answer, ms", "p50 of the publish alone", "p50", "p90", "p99", "goal", "holds"],
    rows,
    [
      `${A_SECOND} single messages of 1 KB a second; one consumer with one poll at a time, which acknowledges`,
      `${SECONDS} s each, the first ${DROPPED_SECONDS} of them dropped`,
    ],
  );
  return holds;
}
