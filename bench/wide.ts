import { memoryPorts } from "../lib/adapters/memory/ports.js";
import { MemoryStarter } from "../lib/adapters/memory/starter.js";
import { MemoryStorage } from "../lib/adapters/memory/storage.js";
import { MemorySubscriber } from "../lib/adapters/memory/subscriber.js";
import { systemClock } from "../lib/adapters/system/clock.js";
import { systemRandom } from "../lib/adapters/system/random.js";
import type { Ordering } from "../lib/domain/topic.js";
import { type Engine, createEngine } from "../lib/operations/engine.js";
import { append } from "../lib/operations/log/append.js";
import { changeSubscription, putSubscription } from "../lib/operations/manage/subscriptions.js";
import { putTopic } from "../lib/operations/manage/topics.js";
import { dispatch } from "../lib/operations/push/dispatch.js";
import { pump } from "../lib/operations/push/pump.js";
import { delayed } from "./delayed.js";
import { fixed, median, show, whole } from "./measure.js";

const CALL_MS = 5;
const HANDLER_MS = 100;
const MINUTE_MS = 60_000;
const ROUNDS = 3;
/** Deliveries are counted from here on: every pump is at work by then. */
const FROM_MS = 1_500;
const FOR_MS = 2_000;
const SLOT_MESSAGES = 250;
/** More than the fastest delivers. */
const MESSAGES = 60_000;
const ORDERED_PARTITIONS = 64;
/** What a busy machine takes away from one round and not from the next. */
const NOISE = 0.9;
const TARGET = { type: "lambda", functionArn: "in-process" } as const;

/** Deliveries a second that an unordered subscription must reach. */
const GOALS: ReadonlyMap<number, number> = new Map([
  [32, 300],
  [33, 300],
  [64, 580],
  [128, 1_150],
  [512, 4_300],
  [1_000, 4_300],
]);

/** Calls of the stores, by their names. */
type Calls = Map<string, number>;

/** A deployment in this process: each pump has its own memory, as a function has. */
async function aDeployment(ordering: Ordering, maxConcurrency: number, messages: number) {
  const calls: Calls = new Map();
  const starter = new MemoryStarter();
  const subscriber = new MemorySubscriber();
  const storage = new MemoryStorage();
  let isSlow = false;
  const process = (): Engine =>
    createEngine(
      delayed(
        memoryPorts(storage, {
          clock: systemClock,
          random: systemRandom,
          telemetry: { event: () => undefined },
          starter,
          subscriber,
        }),
        async (call) => {
          calls.set(call, (calls.get(call) ?? 0) + 1);
          if (isSlow) await systemClock.sleep(CALL_MS);
        },
      ),
    );
  const pumps: Promise<void>[] = [];
  starter.handlers = {
    pump: (ref) => void pumps.push(pump(process(), ref, { deadlineMs: Date.now() + MINUTE_MS })),
    clock: () => undefined,
  };
  const engine = process();
  const partitions = ordering === "key" ? ORDERED_PARTITIONS : 1;
  const { value: topic } = await putTopic(engine, "orders", { ordering, partitions });
  await putSubscription(engine, "orders", "ship", {
    target: TARGET,
    from: "earliest",
    maxConcurrency,
    batch: { maxMessages: 1, maxBytes: 262_144, windowSeconds: 0 },
  });
  for (let number = 0; number < messages; number += SLOT_MESSAGES) {
    const count = Math.min(SLOT_MESSAGES, messages - number);
    const slot = Array.from({ length: count }, (_, index) => ({
      body: `an order ${number + index}`,
      contentType: "text/plain",
      ...(ordering === "key" ? { key: `customer-${number + index}` } : {}),
    }));
    await append(engine, topic, slot, () => (number / SLOT_MESSAGES) % partitions);
  }
  calls.clear();
  isSlow = true;
  const ring = async (): Promise<void> => {
    const used = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
    await dispatch(process(), used.slice(0, Math.max(1, Math.min(partitions, messages))));
  };
  const stop = async (): Promise<void> => {
    await changeSubscription(engine, "orders", "ship", { paused: true });
    await Promise.all(pumps);
  };
  return { subscriber, ring, stop, pumps, calls };
}

interface Measured {
  readonly perSecond: number;
  readonly pumps: number;
  readonly most: number;
  readonly calls: number;
}

async function aRound(ordering: Ordering, maxConcurrency: number): Promise<Measured> {
  const { subscriber, ring, stop, pumps, calls } = await aDeployment(ordering, maxConcurrency, MESSAGES);
  let [delivered, atWork, most] = [0, 0, 0];
  subscriber.handlers.set("ship", async () => {
    most = Math.max(most, ++atWork);
    await systemClock.sleep(HANDLER_MS);
    atWork--;
    delivered++;
    return { kind: "answered", failedIds: new Set() };
  });
  await ring();
  await systemClock.sleep(FROM_MS);
  const [before, startedMs] = [delivered, performance.now()];
  await systemClock.sleep(FOR_MS);
  const perSecond = ((delivered - before) * 1_000) / (performance.now() - startedMs);
  const started = pumps.length;
  await stop();
  const all = [...calls.values()].reduce((sum, count) => sum + count, 0);
  return { perSecond, pumps: started, most, calls: all / Math.max(1, delivered) };
}

interface Row {
  readonly cells: readonly string[];
  readonly holds: boolean;
}

/** The goal of an ordered topic, whose partitions limit it: no setting is slower than a lower one. */
async function byWidth(ordering: Ordering): Promise<Row[]> {
  const settings = [...GOALS.keys()];
  const rounds = new Map<number, Measured[]>(settings.map((one) => [one, []]));
  for (let round = 0; round < ROUNDS; round++)
    for (const one of settings) rounds.get(one)?.push(await aRound(ordering, one));
  let best = 0;
  return settings.map((maxConcurrency) => {
    const all = rounds.get(maxConcurrency) ?? [];
    const perSecond = median(all.map((one) => one.perSecond));
    const most = Math.max(...all.map((one) => one.most));
    const goal = Math.max(ordering === "none" ? (GOALS.get(maxConcurrency) ?? 0) : 0, NOISE * best);
    best = Math.max(best, perSecond);
    const cells = [
      ordering,
      whole(maxConcurrency),
      whole(perSecond),
      whole(goal),
      whole(median(all.map(({ pumps }) => pumps))),
      whole(most),
      fixed(median(all.map((one) => one.calls))),
    ];
    return { cells, holds: perSecond >= goal && most <= maxConcurrency };
  });
}

/** A message to a wide subscription that is idle. */
async function oneMessage(ordering: Ordering): Promise<Row> {
  const { subscriber, ring, pumps, calls } = await aDeployment(ordering, 1_000, 1);
  let delivered = 0;
  subscriber.handlers.set("ship", () => {
    delivered++;
    return Promise.resolve({ kind: "answered", failedIds: new Set() });
  });
  await ring();
  for (let ended = -1; ended < pumps.length;) {
    ended = pumps.length;
    await Promise.all(pumps);
  }
  const count = (...names: string[]): number => names.reduce((sum, name) => sum + (calls.get(name) ?? 0), 0);
  const laneWrites = count("locks.acquire", "locks.renew", "locks.release");
  const reads = [...calls].filter(([name]) =>
    /\.(get|read|tail|anchors|cursors?|due|nextDueMs|heldUntilMs|list)$/.test(name),
  );
  return {
    cells: [
      ordering,
      String(pumps.length),
      String(laneWrites),
      String(count("progress.move", "progress.finish", "progress.acknowledge")),
      String(reads.reduce((sum, [, calls]) => sum + calls, 0)),
    ],
    holds: delivered === 1 && pumps.length === 1 && laneWrites === 2,
  };
}

export async function runWide(): Promise<boolean> {
  const wide = [...(await byWidth("none")), ...(await byWidth("key"))];
  show(
    [
      "ordering",
      "maxConcurrency",
      "deliveries/s",
      "goal",
      "pumps",
      "most at once",
      "calls a delivery",
      "holds",
    ],
    wide.map(({ cells, holds }) => [...cells, holds ? "yes" : "NO"]),
    [
      `a handler of ${HANDLER_MS} ms, batches of one, ${CALL_MS} ms for each call of a store, over the memory adapters`,
      `medians of ${ROUNDS} rounds, each counted for ${FOR_MS / 1_000} s under a backlog; all pumps share one thread`,
      `no goal is below ${NOISE} of what a lower setting reaches; with ordering, ${ORDERED_PARTITIONS} partitions`,
    ],
  );
  const alone = [await oneMessage("none"), await oneMessage("key")];
  show(
    ["one message, maxConcurrency 1,000", "pumps", "lane writes", "progress writes", "reads", "holds"],
    alone.map(({ cells, holds }) => [...cells, holds ? "yes" : "NO"]),
    ["goal: 1 pump, 2 lane writes"],
  );
  return [...wide, ...alone].every(({ holds }) => holds);
}
