import { MemoryStarter } from "../lib/adapters/memory/starter.js";
import { MemorySubscriber } from "../lib/adapters/memory/subscriber.js";
import { dispatch } from "../lib/operations/push/dispatch.js";
import type { Engine } from "../lib/operations/engine.js";
import { pump } from "../lib/operations/push/pump.js";
import { publish } from "../lib/operations/publish/publish.js";
import { receive } from "../lib/operations/consume/receive.js";
import { settleLeases } from "../lib/operations/consume/settle.js";
import { putSubscription } from "../lib/operations/manage/subscriptions.js";
import { putTopic } from "../lib/operations/manage/topics.js";
import type { Topic } from "../lib/domain/topic.js";
import { type Meter, meter } from "../local/dynamodb-meter.js";
import { fixed, median, show, whole } from "./measure.js";
import { messages } from "./messages.js";
import { processOn, withStore } from "./store.js";

const TOPIC = "orders";
const NAME = "warehouse";
const BATCHES = [1, 10, 100];
const ROUNDS = 25;
const INLINE_LIMIT_BYTES = 10_240;
const PUMP_TIME_MS = 60_000;

/** Units of one batch, from its publish until it is done. */
interface Cost {
  readonly append: number;
  readonly rest: number;
  readonly reads: number;
}

/** What a batch should cost by the design: units a write, one small item each. */
interface Arithmetic {
  readonly what: string;
  readonly units: number;
}

const PUSHED: Arithmetic = { what: "pump lease taken 1, head moved 1, pump lease released 1", units: 3 };
const PULLED: Arithmetic = { what: "head moved with a lease in its cursor 1, lease ended 1", units: 2 };

/** Carries one batch through, and throws unless all of it was delivered. */
type Consume = (process: Engine, topic: Topic, batchSize: number) => Promise<void>;

const pushed: Consume = async (process, topic, batchSize) => {
  let delivered = 0;
  (process.subscriber as MemorySubscriber).handlers.set(NAME, async (handed) => {
    delivered += handed.length;
    return { kind: "answered", failedIds: new Set() };
  });
  const starter = process.starter as MemoryStarter;
  await dispatch(process, [{ topic, partition: 0 }]);
  for (const ref of starter.startedPumps.splice(0))
    await pump(process, ref, { deadlineMs: process.clock.nowMs() + PUMP_TIME_MS });
  if (delivered !== batchSize) throw new Error(`${delivered} of ${batchSize} were delivered`);
};

const pulled: Consume = async (process, topic, batchSize) => {
  const subscription = await process.subscriptions.get(topic, NAME);
  if (!subscription) throw new Error(`there is no subscription ${NAME}`);
  // A hundred with dedupIds are two slots.
  let received = 0;
  for (let times = 0; times < 2 && received < batchSize; times++) {
    const handed = await receive(process, { topic, subscription }, { maxMessages: batchSize });
    received += handed.length;
    const acks = handed.map(({ receipt }) => ({ receipt, outcome: "ack" as const }));
    await settleLeases(process, { topic, subscription }, acks);
  }
  if (received !== batchSize) throw new Error(`${received} of ${batchSize} were received`);
};

interface Way {
  readonly kind: string;
  readonly consume: Consume;
  readonly arithmetic: Arithmetic;
  /** Whether each message has a dedupId. */
  readonly isOnce?: true;
}

const WAYS: readonly Way[] = [
  { kind: "pushed", consume: pushed, arithmetic: PUSHED },
  { kind: "pulled", consume: pulled, arithmetic: PULLED },
  { kind: "pulled, dedupIds", consume: pulled, arithmetic: PULLED, isOnce: true },
];

async function rounds(
  process: Engine,
  cost: Meter,
  batchSize: number,
  { consume, isOnce }: Way,
): Promise<Cost[]> {
  const topic = (await putTopic(process, TOPIC, {})).value;
  const isPush = consume === pushed;
  const target = isPush
    ? ({ type: "lambda", functionArn: "in-process" } as const)
    : ({ type: "pull" } as const);
  const batch = { maxMessages: batchSize, maxBytes: 1_048_576, windowSeconds: 0 };
  await putSubscription(process, TOPIC, NAME, { target, batch });
  const costs: Cost[] = [];
  const plain = messages("orders", batchSize * (ROUNDS + 1));
  const pool = isOnce ? plain.map((message, at) => ({ ...message, dedupId: `order-${at}` })) : plain;
  for (let round = 0; round <= ROUNDS; round++) {
    cost.take();
    cost.takeReads();
    await publish(process, TOPIC, pool.slice(round * batchSize, (round + 1) * batchSize));
    const append = cost.take();
    await consume(process, topic, batchSize);
    costs.push({ append, rest: cost.take(), reads: cost.takeReads() });
  }
  // The very first append of a partition takes its anchor along, once.
  return costs.slice(1);
}

function rowOf(kind: string, batchSize: number, costs: readonly Cost[], { units }: Arithmetic): string[] {
  const digits = batchSize === 1 ? 2 : 3;
  const of = (value: (cost: Cost) => number): number => median(costs.map(value)) / batchSize;
  const total = of(({ append, rest }) => append + rest);
  const targets: Record<string, readonly string[]> = {
    pushed: ["4.5", "", "0.1"],
    pulled: ["3.5", "", "0.15"],
  };
  return [
    kind,
    String(batchSize),
    fixed(
      of(({ append }) => append),
      digits,
    ),
    fixed(
      of(({ rest }) => rest),
      digits,
    ),
    fixed(total, digits),
    fixed(of(({ append }) => append) + units / batchSize, digits),
    targets[kind]?.[BATCHES.indexOf(batchSize)] ?? "",
    fixed(
      of(({ reads }) => reads),
      digits,
    ),
  ];
}

export async function runWriteUnits(): Promise<void> {
  const rows: string[][] = [];
  await withStore(async (store) => {
    const cost = meter(store.client);
    for (const way of WAYS) {
      for (const batchSize of BATCHES) {
        const ports = { starter: new MemoryStarter(), subscriber: new MemorySubscriber() };
        const process = processOn(await store.newTables(), ports, { inlineLimitBytes: INLINE_LIMIT_BYTES });
        rows.push(rowOf(way.kind, batchSize, await rounds(process, cost, batchSize, way), way.arithmetic));
      }
    }
  });
  show(
    [
      "way",
      "batch",
      "append",
      "deliver, settle",
      "write units a message",
      "arithmetic",
      "target",
      "read units",
    ],
    rows,
    [
      `units a message; medians over ${ROUNDS} batches, each with a pump's wake-up or a receive and its settling`,
      `inline limit ${whole(INLINE_LIMIT_BYTES)} bytes, the default: 100 orders lie in S3, for a PUT beside the units`,
      `arithmetic, beside the append (1 a KB of the slot): pushed ${PUSHED.what}; pulled ${PULLED.what}`,
      "counted by ReturnConsumedCapacity; transactions at two units an item, which DynamoDB Local under-reports",
    ],
  );
}
