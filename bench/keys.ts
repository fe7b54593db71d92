import { setTimeout as sleep } from "node:timers/promises";
import { receive } from "../lib/operations/consume/receive.js";
import { settleLeases } from "../lib/operations/consume/settle.js";
import { putSubscription } from "../lib/operations/manage/subscriptions.js";
import { putTopic } from "../lib/operations/manage/topics.js";
import { publish } from "../lib/operations/publish/publish.js";
import { fixed, keepBusy, perSecond, show, whole } from "./measure.js";
import { messages } from "./messages.js";
import { type Store, processOn, withStore } from "./store.js";

const BACKLOG = 10_000;
const SLOT_MESSAGES = 100;
const KEYS = 50;
const HANDLER_MS = 100;
const CONSUMERS = [1, 4, 16];
const MAX_MESSAGES = [1, 10];
const ROUND_MS = 8_000;
const EMPTY_REST_MS = 5;
const TOPIC = "accounts";
/** Each process has a bucket of its own: nothing goes there. */
const SETTINGS = { inlineLimitBytes: 350_000 };

interface Round {
  readonly perSecond: number;
  readonly most: number;
  readonly onAverage: number;
  readonly ofOneKey: number;
  readonly empty: number;
}

async function measure(store: Store, consumers: number, maxMessages: number): Promise<Round> {
  const db = await store.newTables();
  const publisher = processOn(db, {}, SETTINGS);
  const { value: topic } = await putTopic(publisher, TOPIC, { partitions: 1, ordering: "key" });
  const { value: subscription } = await putSubscription(publisher, TOPIC, "ledger", { from: "earliest" });
  const pool = messages("orders", BACKLOG).map((message, at) => ({ ...message, key: `key-${at % KEYS}` }));
  for (let from = 0; from < BACKLOG; from += SLOT_MESSAGES)
    await publish(publisher, TOPIC, pool.slice(from, from + SLOT_MESSAGES));
  const reader = { topic, subscription };
  const processes = Array.from({ length: consumers }, () => processOn(db, {}, SETTINGS));
  const atWork = new Map<string, number>();
  let [leases, most, sum, looks, ofOneKey, empty] = [0, 0, 0, 0, 0, 0];
  const pace = await keepBusy(consumers, ROUND_MS, async (worker) => {
    const engine = processes[worker] ?? publisher;
    const handed = await receive(engine, reader, { maxMessages });
    if (handed.length === 0) {
      empty++;
      await sleep(EMPTY_REST_MS);
      // Not the end: its keys are with the others.
      return Number.MIN_VALUE;
    }
    most = Math.max(most, ++leases);
    sum += leases;
    looks++;
    const keys = new Set(handed.map(({ key = "" }) => key));
    for (const key of keys) {
      atWork.set(key, (atWork.get(key) ?? 0) + 1);
      ofOneKey = Math.max(ofOneKey, atWork.get(key) ?? 0);
    }
    await sleep(HANDLER_MS);
    for (const key of keys) atWork.set(key, (atWork.get(key) ?? 1) - 1);
    leases--;
    await settleLeases(
      engine,
      reader,
      handed.map(({ receipt }) => ({ receipt, outcome: "ack" as const })),
    );
    return handed.length;
  });
  return { perSecond: perSecond(pace), most, onAverage: sum / Math.max(1, looks), ofOneKey, empty };
}

/** Consumers of one ordered partition: how many of them have something at once. */
export async function runKeys(): Promise<void> {
  const rows: string[][] = [];
  await withStore(async (store) => {
    await measure(store, 1, 1);
    for (const maxMessages of MAX_MESSAGES)
      for (const consumers of CONSUMERS) {
        const round = await measure(store, consumers, maxMessages);
        const { most, onAverage, ofOneKey, empty } = round;
        rows.push([
          ...[String(maxMessages), String(consumers), whole(round.perSecond)],
          ...[String(most), fixed(onAverage, 1), String(ofOneKey), whole(empty)],
        ]);
      }
  });
  const head = ["batch", "consumers", "acked/s", "most at work", "on average", "of one key", "empty answers"];
  show(head, rows, [
    `One partition, ${KEYS} keys, a handler of ${HANDLER_MS} ms; each consumer is a process with one call in flight.`,
  ]);
}
