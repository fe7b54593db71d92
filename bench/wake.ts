import { laneName } from "../lib/domain/lane.js";
import type { Engine } from "../lib/operations/engine.js";
import { dispatch } from "../lib/operations/push/dispatch.js";
import { allPushed } from "../lib/operations/push/start-pumps.js";
import { type Meter, meter } from "../local/dynamodb-meter.js";
import { type Row, showGoals } from "./goals.js";
import { fixed, percentile, whole } from "./measure.js";
import { type Store, withStore } from "./store.js";
import { burst } from "./wake/burst.js";
import { type CallCount, callCount, inWords } from "./wake/call-count.js";
import { MINUTE_MS, aDeployment } from "./wake/deployment.js";
import { wake } from "./wake/lone-message.js";
import { steady } from "./wake/steady.js";

const MANY = 1_000;
const READS_AT_MOST = 15;

/** A message after a quiet spell, to processes that know nothing, then one while everything is warm. */
async function loneMessage(
  store: Store,
  count: CallCount,
  cost: Meter,
  subscriptions: number,
): Promise<Row[]> {
  const deployment = await aDeployment(store, count, { subscriptions, partitions: 16 });
  const { process, growQuiet } = deployment;
  await growQuiet();
  const cold = await wake(deployment, count, cost, {
    publisher: process(),
    dispatcher: process(),
    pump: () => process(),
  });
  const [publisher, dispatcher] = [process(), process()];
  const pumps = process();
  const warmProcesses = { publisher, dispatcher, pump: () => pumps };
  await wake(deployment, count, cost, warmProcesses);
  // What a process remembers for a second is forgotten between two lone messages.
  deployment.clock.advance(5_000);
  const warm = await wake(deployment, count, cost, warmProcesses);
  const row = (
    when: string,
    { calls, total, reads, writes }: typeof cold,
    goal: Omit<Row, "what" | "measured">,
  ) => ({
    what: `one message, push subscriptions: ${subscriptions}, ${when}\n${inWords(calls)}`,
    measured: `${total} calls\n${fixed(reads, 1)} read, ${writes} write units`,
    ...goal,
  });
  if (subscriptions > 1)
    return [
      row("after a quiet spell", cold, { goal: "" }),
      row("warm", warm, { goal: "30 calls", holds: warm.total <= 30 }),
    ];
  const units = (of: typeof cold, writes: number) => ({
    goal: `10 read, ${writes} write units`,
    holds: of.reads <= 10 && of.writes <= writes,
  });
  return [row("after a quiet spell", cold, units(cold, 9)), row("warm", warm, units(warm, 4))];
}

/** What a doorbell costs before any pump has begun, and while pumps are at work. */
async function manySubscriptions(store: Store, count: CallCount, cost: Meter): Promise<Row[]> {
  const deployment = await aDeployment(store, count, { subscriptions: MANY, partitions: 16 });
  const { clock, topic, starter, engine } = deployment;
  /** Rings once, and lets go of the lanes that pumps held meanwhile. */
  const ring = async (what: string, dispatcher: Engine, { atWork = 0, goal = "" } = {}): Promise<Row> => {
    // By then every pump of the doorbell before has begun, and no process counts on it.
    clock.advance(5_000);
    const held = (await allPushed(engine, topic))
      .slice(0, atWork)
      .map((subscription) => laneName({ subscription, lane: 0 }));
    for (const name of held)
      await engine.locks.acquire(name, "a pump", clock.nowMs(), clock.nowMs() + MINUTE_MS);
    cost.take();
    cost.takeReads();
    await dispatch(dispatcher, [{ topic, partition: 0 }]);
    const [reads, writes] = [cost.takeReads(), cost.take()];
    const started = starter.startedPumps.splice(0).length;
    if (started < MANY - atWork) throw new Error(`${started} pumps were started`);
    for (const name of held) await engine.locks.release(name, "a pump");
    const inVain = started - (MANY - atWork);
    const measured = `${fixed(reads, 1)} read, ${writes} write units${inVain > 0 ? `, ${inVain} starts in vain` : ""}`;
    return { what, measured, goal, ...(goal === "" ? {} : { holds: reads <= READS_AT_MOST }) };
  };
  const goal = `${READS_AT_MOST} read`;
  const dispatcher = deployment.process();
  const rows = [
    await ring(
      `${MANY} subscriptions, one doorbell, the first after one of them changed`,
      deployment.process(),
    ),
    await ring("... the next one, by a new process", dispatcher, { goal }),
    await ring("... a moment later, when no pump is at work any more", dispatcher, { goal }),
    await ring("... a moment later, while 10 pumps are at work", dispatcher, { atWork: 10 }),
    await ring("... and once more", dispatcher, { atWork: 10 }),
    await ring("... a moment later, while all pumps are at work", dispatcher, { atWork: MANY }),
  ];
  // A minute without a bell: nothing is known of what was started.
  clock.advance(120_000);
  return [...rows, await ring("... two minutes later", dispatcher, { goal })];
}

/** Two for each subscription: one more, should the first ones end in the middle of it. */
const STARTED_AT_MOST = 6;

async function inABurst(store: Store, count: CallCount): Promise<Row[]> {
  const deployment = await aDeployment(store, count, { subscriptions: 3, partitions: 1 });
  const { messages, started, processes } = await burst(deployment, count);
  return [
    {
      what: `a cold burst of ${messages} messages to 3 push subscriptions: pumps started, processes for them`,
      measured: `${started}, ${processes}`,
      goal: String(STARTED_AT_MOST),
      holds: started <= STARTED_AT_MOST,
    },
  ];
}

async function steadily(store: Store, count: CallCount, cost: Meter): Promise<Row[]> {
  const deployment = await aDeployment(store, count, { subscriptions: 1, partitions: 1 });
  const { seconds, started, billedMs, waitedMs, reads, writes, messages, tookMs } = await steady(
    deployment,
    count,
    cost,
  );
  const perSecond = started / seconds;
  return [
    {
      what: "5 messages a second to one push subscription: wake-ups a second",
      measured: fixed(perSecond),
      goal: "1",
      holds: perSecond <= 1,
    },
    {
      what: "... billed time of the pump, and of that with nothing to deliver, ms a second",
      measured: `${whole(billedMs / seconds)}, ${whole(waitedMs / seconds)}`,
      goal: "",
    },
    {
      what: "... units a message",
      measured: `${fixed(reads / messages, 1)} read, ${fixed(writes / messages, 1)} write`,
      goal: "",
    },
    {
      what: "... publish to handler, p50 and p99",
      measured: `${whole(percentile(tookMs, 0.5))} ms, ${whole(percentile(tookMs, 0.99))} ms`,
      goal: "",
    },
  ];
}

export async function runWake(): Promise<boolean> {
  const rows: Row[] = [];
  await withStore(async (store) => {
    const cost = meter(store.client);
    const count = callCount(store.client);
    for (const subscriptions of [1, 3]) rows.push(...(await loneMessage(store, count, cost, subscriptions)));
    rows.push(...(await manySubscriptions(store, count, cost)));
    rows.push(...(await inABurst(store, count)));
    rows.push(...(await steadily(store, count, cost)));
  });
  return showGoals(rows, [
    "16 partitions used, but by the trickle; units by ReturnConsumedCapacity",
    "a call is one request to DynamoDB, or one invoke of a function: of a pump, or of a subscriber",
    "the burst: a message every 15 ms or so, and 800 ms until a new process has begun",
    "the trickle: 60 ms from the put to the dispatcher, 15 ms from an invoke to its pump, handlers of 5 ms",
  ]);
}
