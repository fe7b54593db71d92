import { putSubscription } from "../../lib/operations/subscriptions.js";
import { putTopic } from "../../lib/operations/topics.js";
import { consume } from "./actors/consumer.js";
import { Functions } from "./actors/functions.js";
import { operate, untilDone } from "./actors/operator.js";
import { produce } from "./actors/producer.js";
import { subscribers } from "./actors/subscriber.js";
import type { CrashMode } from "./crash-points.js";
import { type CrashPlan, Deployment } from "./deployment.js";
import { LATEST_LANDING_MS } from "./fate.js";
import { NO_FAULTS, afterwards } from "./faults.js";
import { type Plan, type Shrink, WHOLE, planOf } from "./plan.js";
import { timeToLive } from "./actors/time-to-live.js";
import { type Line, World } from "./world.js";

export interface Run {
  readonly seed: number;
  readonly plan: Plan;
  readonly violations: readonly string[];
  readonly timeline: readonly Line[];
  readonly events: number;
  readonly counts: ReadonlyMap<string, number>;
  /** Every call of a port, in order, with who made it: of runs of a given plan only. */
  readonly calls: readonly string[];
}

export interface Options {
  readonly shrink?: Shrink;
  readonly keepTimeline?: boolean;
  /** Instead of one that follows from the seed. */
  readonly plan?: Plan;
  /** Kills whoever makes this call. */
  readonly crash?: { readonly at: number; readonly mode: CrashMode };
}

/** Producers stop on their own, long before this. */
const BUSY_MS = 12 * 3_600_000;
/** What a drain takes at the most once the faults have stopped: late landings, lane leases, deadlines, the sweep. */
const SWEEP_EVERY_MS = 60_000;
const PROMPT_MS = 5_000;
const STEP_MS = 250;
/** What is done by its consumers is written down soon after. */
const LAST_WRITES_MS = 3 * 60_000;
const DRAIN_MS = 20 * 60_000;

/** One history, the same for the same seed. */
export async function simulate(seed: number, options: Options = {}): Promise<Run> {
  const world = new World(seed, options.keepTimeline ?? false);
  const plan = options.plan ?? planOf(world, options.shrink ?? WHOLE);
  const deployment = new Deployment(world, NO_FAULTS);
  const functions = new Functions(deployment, plan.clocksApart);
  const calls: string[] = [];
  if (options.plan) deployment.crashPlan = crashPlan(calls, options.crash);
  const phase = { isOver: false, isHealthy: false };
  const isCalm = Object.entries(plan.rates).every(([name, rate]) => rate === 0 || name === "coldStart");
  deployment.monitor.deliveries.isCalm = isCalm && !plan.clocksApart && !options.plan;
  const pushes = plan.topic.subscriptions.flatMap(({ name, push }) => (push ? [[name, push] as const] : []));
  deployment.subscriber = subscribers(deployment, new Map(pushes), phase);
  await during(world, setUp(deployment, functions, plan));

  deployment.rates = plan.rates;
  const producers = plan.topic.producers.map((producer) => produce(deployment, functions, producer));
  const operators = [operate(deployment, functions, plan.topic, plan.topic.changes)];
  for (const { pull } of plan.topic.subscriptions) {
    for (const consumer of pull) void consume(deployment, functions, consumer, phase);
  }
  timeToLive(deployment, phase);
  await during(world, Promise.all([...producers, ...operators]), BUSY_MS);

  if (deployment.monitor.deliveries.isCalm && pushes.length === plan.topic.subscriptions.length) {
    await drainPromptly(deployment, plan);
  }
  deployment.rates = afterwards(plan.rates);
  phase.isHealthy = true;
  await during(world, restore(deployment, functions, plan), DRAIN_MS);
  await world.runUntil(world.nowMs + DRAIN_MS, () => deployment.monitor.isDrained());
  await world.runUntil(world.nowMs + LAST_WRITES_MS);
  if (world.violations.length === 0) deployment.monitor.checkDrained();
  phase.isOver = true;
  functions.stop();
  return {
    seed,
    plan,
    violations: world.violations,
    timeline: world.timeline,
    events: world.eventCount,
    counts: world.counts,
    calls,
  };
}

/** Where nothing goes wrong, nothing waits for the sweep. */
async function drainPromptly({ world, monitor }: Deployment, { topic }: Plan): Promise<void> {
  const slowest = Math.max(...topic.subscriptions.map(({ push }) => push?.workMs ?? 0));
  const open = Math.max(0, ...monitor.live().map((watched) => monitor.open(watched).length));
  const withinMs = PROMPT_MS + open * (slowest + STEP_MS);
  // The sweep would make up for a lost wake-up: where it may come first, nothing can be told.
  if (withinMs > SWEEP_EVERY_MS - ((world.nowMs - world.startMs) % SWEEP_EVERY_MS)) return;
  await world.runUntil(world.nowMs + withinMs, () => monitor.isDrained());
  if (!monitor.isDrained() && world.violations.length === 0) {
    world.violation("promptness", `${open} messages took longer than ${withinMs} ms, and nothing was wrong`);
  }
}

/** Notes every call, and kills at the chosen one. */
function crashPlan(calls: string[], crash: Options["crash"]): CrashPlan {
  return (process, { port, method }) => {
    calls.push(`${process.name} ${port}.${method}`);
    return crash && calls.length - 1 === crash.at ? crash.mode : undefined;
  };
}

/** Runs the world until `work` is over. */
async function during(world: World, work: Promise<unknown>, atMostMs = BUSY_MS): Promise<void> {
  let isOver = false;
  work.then(
    () => (isOver = true),
    (error: unknown) =>
      world.violation("crash", error instanceof Error ? (error.stack ?? error.message) : String(error)),
  );
  await world.runUntil(world.nowMs + atMostMs, () => isOver);
  if (!isOver && world.violations.length === 0)
    world.violation("progress", "producers or operators never ended");
}

async function setUp(deployment: Deployment, functions: Functions, { topic }: Plan): Promise<void> {
  const { name, ordering, partitions, retentionSeconds, subscriptions } = topic;
  await untilDone(deployment, functions, "make the topic", (instance) =>
    putTopic(instance, name, { ordering, partitions, retentionSeconds }),
  );
  for (const { name: subscription, settings, from } of subscriptions) {
    await untilDone(deployment, functions, `make ${subscription}`, (instance) =>
      putSubscription(instance, name, subscription, { ...settings, from }),
    );
  }
}

/** As it was planned, whatever an operator's last request made of it, and though one may land late. */
async function restore(deployment: Deployment, functions: Functions, plan: Plan): Promise<void> {
  await deployment.world.sleep(LATEST_LANDING_MS);
  await setUp(deployment, functions, plan);
}
