import { MemoryStarter } from "../lib/adapters/memory/starter.js";
import { MemorySubscriber } from "../lib/adapters/memory/subscriber.js";
import type { Clock } from "../lib/domain/ports/clock.js";
import { nextOffset } from "../lib/domain/slot.js";
import type { Topic } from "../lib/domain/topic.js";
import { tick } from "../lib/operations/clock/tick.js";
import { receiveWaiting } from "../lib/operations/consume/receive.js";
import { settle } from "../lib/operations/consume/settle.js";
import type { Engine } from "../lib/operations/engine.js";
import { append } from "../lib/operations/log/append.js";
import { putSubscription } from "../lib/operations/manage/subscriptions.js";
import { putTopic } from "../lib/operations/manage/topics.js";
import { dispatch } from "../lib/operations/push/dispatch.js";
import { pump } from "../lib/operations/push/pump.js";
import { type Meter, meter } from "../local/dynamodb-meter.js";
import { type Row, showGoals } from "./goals.js";
import { fixed } from "./measure.js";
import { movedClock } from "./moved-clock.js";
import { type Store, processOn, withStore } from "./store.js";

const MINUTE_MS = 60_000;
const MINUTES_A_MONTH = 43_800;
const DAYS_A_MONTH = 30.4;
/** On demand, in us-east-1, for a million. */
const READ_PRICE = 0.125;
const WRITE_PRICE = 0.625;
const TARGET = { type: "lambda", functionArn: "in-process" } as const;
/** Of the thousand topics, so many are made and visited: each is like the other. */
const SAMPLE_TOPICS = 10;
const TOPICS = 1_000;
const SUBSCRIPTIONS = 10;
const BODY = "an order";

interface Units {
  readonly reads: number;
  readonly writes: number;
}

const dollars = ({ reads, writes }: Units): number => (reads * READ_PRICE + writes * WRITE_PRICE) / 1_000_000;
const taken = (cost: Meter): Units => ({ reads: cost.takeReads(), writes: cost.take() });

/** One deployment, with what its calls cost. */
async function aDeployment(store: Store, cost: Meter) {
  const db = await store.newTables();
  const clock = movedClock();
  const starter = new MemoryStarter();
  const subscriber = new MemorySubscriber();
  const process = (over: Clock = clock): Engine => processOn(db, { clock: over, starter, subscriber });
  const tickOnce = async (): Promise<void> => {
    await tick(process(clock.hasty), { deadlineMs: clock.nowMs() + 10 * MINUTE_MS });
    clock.advance(MINUTE_MS);
  };
  const toRest = async (): Promise<void> => {
    for (let minute = 0; minute < 15; minute++) await tickOnce();
    taken(cost);
  };
  return { clock, starter, subscriber, process, tickOnce, toRest };
}

type Deployment = Awaited<ReturnType<typeof aDeployment>>;

async function fill(engine: Engine, topic: Topic, partitions: number): Promise<void> {
  for (let partition = 0; partition < partitions; partition++)
    await append(engine, topic, [{ body: BODY, contentType: "text/plain" }], () => partition);
}

async function emptyDeployment(store: Store, cost: Meter): Promise<Row> {
  const { tickOnce, toRest } = await aDeployment(store, cost);
  await toRest();
  await tickOnce();
  const units = taken(cost);
  const month = dollars(units) * MINUTES_A_MONTH;
  return {
    what: "an empty deployment: units a minute, $ a month for the tables",
    measured: `${fixed(units.reads, 1)} read, ${units.writes} write: $${fixed(month)}`,
    goal: "$0.10",
    holds: month <= 0.1,
  };
}

/** What the sample costs beyond an empty deployment, in the minutes of a day with its one look at each topic. */
async function idleTopics(store: Store, cost: Meter, partitions: number): Promise<Row> {
  const { process, clock, tickOnce, toRest } = await aDeployment(store, cost);
  const engine = process();
  for (let number = 0; number < SAMPLE_TOPICS; number++) {
    const { value: topic } = await putTopic(engine, `topic-${number}`, { partitions });
    await fill(engine, topic, partitions);
    for (let one = 0; one < SUBSCRIPTIONS; one++)
      await putSubscription(engine, topic.name, `s${one}`, { target: TARGET, from: "latest" });
  }
  await toRest();
  await tickOnce();
  const minute = taken(cost);
  clock.advance(24 * 60 * MINUTE_MS);
  await tickOnce();
  const day = taken(cost);
  const aTopic = {
    reads: (day.reads - minute.reads) / SAMPLE_TOPICS,
    writes: (day.writes - minute.writes) / SAMPLE_TOPICS,
  };
  const month = dollars(minute) * MINUTES_A_MONTH + dollars(aTopic) * TOPICS * DAYS_A_MONTH;
  return {
    what: `1,000 topics x ${SUBSCRIPTIONS} push subscriptions, idle, ${partitions} partitions used: $ a month`,
    measured: `${fixed(minute.reads, 1)} read a minute, ${fixed(aTopic.reads, 1)} a topic and day: $${fixed(month)}`,
    goal: "$1",
    holds: month <= 1,
  };
}

async function idlePoll(store: Store, cost: Meter, partitions: number): Promise<Row> {
  const { process, clock, toRest } = await aDeployment(store, cost);
  const engine = process();
  const { value: topic } = await putTopic(engine, "orders", { partitions });
  await fill(engine, topic, partitions);
  await putSubscription(engine, "orders", "audit", { from: "earliest" });
  for (let left = partitions; left > 0;) {
    const handed = await receiveWaiting(engine, "orders", "audit", { maxMessages: 100, waitSeconds: 0 });
    await settle(
      engine,
      "orders",
      "audit",
      handed.map(({ receipt }) => ({ receipt, outcome: "ack" })),
    );
    left -= handed.length;
  }
  await toRest();
  await receiveWaiting(process(clock.hasty), "orders", "audit", { maxMessages: 10, waitSeconds: 20 });
  const units = taken(cost);
  return {
    what: `a poll of 20 s in vain, by a new process, ${partitions} partitions used: read units`,
    measured: fixed(units.reads, 1),
    goal: "40",
    holds: units.reads <= 40,
  };
}

async function deliverOne(deployment: Deployment, topic: Topic, publisher: Engine): Promise<void> {
  const { process, starter, subscriber, clock } = deployment;
  let delivered = 0;
  subscriber.handlers.set("ship", (handed) => {
    delivered += handed.length;
    return Promise.resolve({ kind: "answered", failedIds: new Set() });
  });
  const { partition, slot } = await append(
    publisher,
    topic,
    [{ body: BODY, contentType: "text/plain" }],
    () => 0,
  );
  await dispatch(process(), [{ topic, partition, end: nextOffset(slot) }]);
  for (const ref of starter.startedPumps.splice(0))
    await pump(process(), ref, { deadlineMs: clock.nowMs() + MINUTE_MS });
  if (delivered !== 1) throw new Error(`${delivered} messages were delivered`);
}

async function oneMessage(store: Store, cost: Meter): Promise<Row[]> {
  const deployment = await aDeployment(store, cost);
  const engine = deployment.process();
  const { value: topic } = await putTopic(engine, "orders", {});
  await fill(engine, topic, 16);
  await putSubscription(engine, "orders", "ship", { target: TARGET, from: "latest" });
  await deployment.toRest();
  await deliverOne(deployment, topic, engine);
  const quiet = taken(cost);
  await deliverOne(deployment, topic, engine);
  const warm = taken(cost);
  const row = (when: string, { reads, writes }: Units, most: number): Row => ({
    what: `one message to an idle push subscription, 16 partitions used, ${when}: units`,
    measured: `${fixed(reads, 1)} read, ${writes} write`,
    goal: `10 read, ${most} write`,
    holds: reads <= 10 && writes <= most,
  });
  return [row("after a quiet spell", quiet, 9), row("while the topic is warm", warm, 4)];
}

export async function runIdle(): Promise<boolean> {
  const rows: Row[] = [];
  await withStore(async (store) => {
    const cost = meter(store.client);
    rows.push(await emptyDeployment(store, cost));
    for (const partitions of [1, 16]) rows.push(await idleTopics(store, cost, partitions));
    for (const partitions of [1, 16, 256]) rows.push(await idlePoll(store, cost, partitions));
    rows.push(...(await oneMessage(store, cost)));
  });
  return showGoals(rows, [
    `counted by ReturnConsumedCapacity; in us-east-1, $${READ_PRICE} a million read and $${WRITE_PRICE} write units`,
    `of the 1,000 topics ${SAMPLE_TOPICS} are made: the clock's minute is the same with any number`,
    "its look at each topic, once a day, is counted for each",
    "the functions' time is not in it: a clock with nothing to do runs for some 100 ms a minute",
  ]);
}
