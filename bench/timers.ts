import { dynamoDbLogStore } from "../lib/adapters/dynamodb/log/log-store.js";
import { systemClock } from "../lib/adapters/system/clock.js";
import type { Clock } from "../lib/domain/ports/clock.js";
import { publishOrDelay } from "../lib/operations/delay/publish-or-delay.js";
import { changeSubscription, putSubscription } from "../lib/operations/manage/subscriptions.js";
import { putTopic } from "../lib/operations/manage/topics.js";
import { type Row, showGoals } from "./goals.js";
import { type NewProcess, Platform } from "./isolation/platform.js";
import { type Deployment, inVirtualTime } from "./isolation/virtual.js";
import { fixed, percentile, whole } from "./measure.js";
import { processOn, withStore } from "./store.js";

const [TOPIC, SUBSCRIPTION] = ["reminders", "send"];
const TARGET = { type: "lambda", functionArn: "in-process" } as const;
const SECOND_MS = 1_000;
const GOAL_MS = 2_000;
const CROWD = 10_000;
const TOGETHER = 1_000;
/** How long after the last is due what has not come is waited for. */
const LATE_MS = 120_000;
const LOOK_EVERY_MS = 250;

interface Batch {
  readonly delayMs: number;
  readonly messages: number;
  /** Of publishes one after the other; 0: all are due at the same time. */
  readonly gapMs: number;
}

/** From the time when each message is due to its handler, in ms; Infinity for what did not come. */
async function latenesses({ clock, newProcess }: Deployment, batch: Batch): Promise<readonly number[]> {
  const platform = new Platform(clock, newProcess);
  const operator = platform.process();
  await putTopic(operator, TOPIC, {});
  await putSubscription(operator, TOPIC, SUBSCRIPTION, { target: TARGET, maxConcurrency: 100 });
  const dueMs: number[] = [];
  const late: number[] = [];
  platform.subscriber.handlers.set(SUBSCRIPTION, async (messages) => {
    for (const { body } of messages) late[Number(body)] ??= clock.nowMs() - (dueMs[Number(body)] ?? Infinity);
    return { kind: "answered", failedIds: new Set() };
  });
  await publishAll({ clock, platform, dueMs }, batch);
  const untilMs = Math.max(...dueMs) + LATE_MS;
  const isThere = (): boolean => dueMs.every((_, index) => late[index] !== undefined);
  while (clock.nowMs() < untilMs && !isThere()) await clock.sleep(LOOK_EVERY_MS);
  await changeSubscription(operator, TOPIC, SUBSCRIPTION, { paused: true });
  await platform.stop();
  return dueMs.map((_, index) => late[index] ?? Infinity);
}

async function publishAll(
  { clock, platform, dueMs }: { clock: Clock; platform: Platform; dueMs: number[] },
  { delayMs, messages, gapMs }: Batch,
): Promise<void> {
  const producer = platform.process();
  const crowdMs = clock.nowMs() + delayMs;
  for (let sent = 0; sent < messages;) {
    const count = gapMs === 0 ? Math.min(TOGETHER, messages - sent) : 1;
    const deliverAtMs = gapMs === 0 ? crowdMs : clock.nowMs() + delayMs;
    const drafts = Array.from({ length: count }, (_, index) => ({
      content: { contentType: "text/plain", body: String(sent + index) },
      deliverAtMs,
    }));
    for (let index = 0; index < count; index++) dueMs[sent + index] = deliverAtMs;
    const results = await publishOrDelay(producer, TOPIC, drafts);
    if (results.some(({ kind }) => kind === "failed")) throw new Error("a delayed message was not stored");
    sent += count;
    if (gapMs > 0) await clock.sleep(gapMs);
  }
}

function rowOf(what: string, late: readonly number[]): Row {
  const [p50, p99] = [percentile(late, 0.5), percentile(late, 0.99)];
  return {
    what,
    measured: `${whole(p50)} / ${whole(p99)} ms`,
    goal: `p99 ≤ ${whole(GOAL_MS)} ms`,
    holds: p99 <= GOAL_MS && Math.min(...late) >= 0,
  };
}

const inSeconds = (ms: number): string => `${fixed(ms / SECOND_MS, 0)} s`;

async function inVirtual(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const delayMs of [SECOND_MS, 90 * SECOND_MS, 20 * 60 * SECOND_MS]) {
    const batch = { delayMs, messages: 300, gapMs: 337 };
    const late = await inVirtualTime({ seed: 1 }, (deployment) => latenesses(deployment, batch));
    rows.push(rowOf(`virtual time: a message every 337 ms, in ${inSeconds(delayMs)}`, late));
  }
  const crowd = { delayMs: 90 * SECOND_MS, messages: CROWD, gapMs: 0 };
  const late = await inVirtualTime({ seed: 1 }, (deployment) => latenesses(deployment, crowd));
  const measured = `${whole(percentile(late, 0.5))} / ${whole(Math.max(...late))} ms`;
  const holds = late.every((one) => one >= 0 && one < Infinity);
  const what = `... ${whole(CROWD)} due at one time: half / all of them delivered after`;
  return [...rows, { what, measured, goal: "all, none early", holds }];
}

async function overDynamoDb(): Promise<Row[]> {
  const rows: Row[] = [];
  await withStore(async (store) => {
    for (const delayMs of [SECOND_MS, SECOND_MS, 90 * SECOND_MS]) {
      const db = await store.newTables();
      const newProcess: NewProcess = ({ rings, starter, subscriber }) =>
        processOn(db, { starter, subscriber, log: rings(dynamoDbLogStore(db)) });
      const batch = { delayMs, messages: 60, gapMs: 337 };
      const late = await latenesses({ clock: systemClock, newProcess }, batch);
      rows.push(rowOf(`DynamoDB Local: a message every 337 ms, in ${inSeconds(delayMs)}`, late));
    }
  });
  // Java is slow in its first seconds.
  return rows.slice(1);
}

/** How late delayed messages come to their handler. Resolves to whether all goals hold. */
export async function runTimers(): Promise<boolean> {
  const rows = [...(await inVirtual()), ...(await overDynamoDb())];
  return showGoals(rows, [
    "from the time when a message is due until its handler has it: p50 / p99, never below 0",
    "virtual time: memory adapters, 2 to 10 ms a call, 20 ms for the stream, 15 ms for an invoke, a clock a minute",
    "a message comes early nowhere; its publisher, the clock and the pump have one clock here",
  ]);
}
