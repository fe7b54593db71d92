import type { Subscription } from "../lib/domain/subscription.js";
import type { Topic } from "../lib/domain/topic.js";
import type { DynamoDb } from "../lib/adapters/dynamodb/client.js";
import type { Engine } from "../lib/operations/engine.js";
import { publish } from "../lib/operations/publish/publish.js";
import { receive } from "../lib/operations/consume/receive.js";
import { settleLeases } from "../lib/operations/consume/settle.js";
import { putSubscription } from "../lib/operations/manage/subscriptions.js";
import { putTopic } from "../lib/operations/manage/topics.js";
import { fixed, keepBusy, median, perSecond, show, whole } from "./measure.js";
import { messages } from "./messages.js";
import { racing } from "./races.js";
import { type Store, processOn, withStore } from "./store.js";

const BACKLOG = 20_000;
const SLOT_MESSAGES = 100;
const MAX_MESSAGES = 10;
const CONSUMERS = [1, 4, 32];
const ROUNDS = 3;
const ROUND_MS = 8_000;
const WARM_UP_MS = 8_000;
const TOPIC = "orders";
const INLINE_LIMIT_BYTES = 350_000;
/** Empty answers in a row after which a consumer believes that the backlog is done. */
const EMPTY_ANSWERS = 5;

interface Round {
  readonly perSecond: number;
  readonly received: number;
  readonly twice: number;
  readonly lostPerBatch: number;
  readonly empty: number;
}

/** A partition with its backlog, and subscriptions that each see all of it. */
async function backlog(store: Store): Promise<{ db: DynamoDb; topic: Topic; publisher: Engine }> {
  const db = await store.newTables();
  const publisher = processOn(db, {}, { inlineLimitBytes: INLINE_LIMIT_BYTES });
  const topic = (await putTopic(publisher, TOPIC, { partitions: 1 })).value;
  const pool = messages("orders", BACKLOG);
  for (let from = 0; from < BACKLOG; from += SLOT_MESSAGES)
    await publish(publisher, TOPIC, pool.slice(from, from + SLOT_MESSAGES));
  return { db, topic, publisher };
}

async function consume(
  db: DynamoDb,
  topic: Topic,
  subscription: Subscription,
  count: number,
  forMs: number,
): Promise<Round> {
  const races = racing();
  const settings = { inlineLimitBytes: INLINE_LIMIT_BYTES };
  const consumers = Array.from({ length: count }, () => processOn(db, races.around(db), settings));
  const seen = new Set<string>();
  let [received, batches, empty] = [0, 0, 0];
  const pace = await keepBusy(count, forMs, async (worker) => {
    const consumer = consumers[worker] as Engine;
    for (let answer = 0; answer < EMPTY_ANSWERS; answer++) {
      const handed = await receive(consumer, { topic, subscription }, { maxMessages: MAX_MESSAGES });
      if (handed.length === 0) {
        empty++;
        continue;
      }
      const acks = handed.map(({ receipt }) => ({ receipt, outcome: "ack" as const }));
      await settleLeases(consumer, { topic, subscription }, acks);
      for (const { id } of handed) seen.add(id);
      received += handed.length;
      batches++;
      return handed.length;
    }
    return 0;
  });
  const lostPerBatch = races.take().lostMoves / Math.max(1, batches);
  return { perSecond: perSecond(pace), received, twice: received - seen.size, lostPerBatch, empty };
}

async function measure(store: Store): Promise<Map<number, Round[]>> {
  const { db, topic, publisher } = await backlog(store);
  let turn = 0;
  const run = async (count: number, forMs: number): Promise<Round> => {
    const name = `consumers-${turn++}`;
    const subscription = (await putSubscription(publisher, TOPIC, name, { from: "earliest" })).value;
    return await consume(db, topic, subscription, count, forMs);
  };
  await run(4, WARM_UP_MS);
  const rounds = new Map<number, Round[]>(CONSUMERS.map((count) => [count, []]));
  for (let round = 0; round < ROUNDS; round++)
    for (const count of CONSUMERS) rounds.get(count)?.push(await run(count, ROUND_MS));
  return rounds;
}

export async function runConsumers(): Promise<void> {
  const rows: string[][] = [];
  await withStore(async (store) => {
    const rounds = await measure(store);
    const alone = rounds.get(1) ?? [];
    for (const [count, all] of rounds) {
      const of = (value: (round: Round) => number): number => median(all.map(value));
      const ratios = all.map((round, at) => round.perSecond / (alone[at]?.perSecond ?? 1));
      rows.push([
        String(count),
        whole(of((round) => round.perSecond)),
        fixed(median(ratios)),
        fixed(of(({ lostPerBatch }) => lostPerBatch)),
        whole(of(({ empty }) => empty)),
        whole(of(({ twice }) => twice)),
      ]);
    }
  });
  const head = [
    "consumers",
    "received and acked/s",
    "to one",
    "lost races per batch",
    "empty answers",
    "twice",
  ];
  show(head, rows, [
    `pull consumers of ${MAX_MESSAGES} messages each, one call in flight each, each a process of its own`,
    `one partition's backlog of ${whole(BACKLOG)} orders of 1 KB in slots of ${SLOT_MESSAGES}, a subscription a round`,
    `medians over ${ROUNDS} rounds of ${ROUND_MS / 1_000} s, or until the backlog is done; ratios within a round`,
    `inline limit ${whole(INLINE_LIMIT_BYTES)} bytes`,
  ]);
}
