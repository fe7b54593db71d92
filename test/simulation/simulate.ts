import { produceAtomically } from "./actors/atomic-producer.js";
import { consume } from "./actors/consumer.js";
import { clientWorkers } from "./actors/client-workers.js";
import { Functions } from "./actors/functions.js";
import { goThroughLists } from "./actors/lister.js";
import { erase } from "./actors/eraser.js";
import { lifecycle } from "./actors/lifecycle.js";
import { lookUp } from "./actors/looker.js";
import { Ledger } from "./actors/ledger.js";
import { operate } from "./actors/operator.js";
import { enableAll, setUp } from "./set-up.js";
import { endSchedules, keepSchedules } from "./actors/scheduler.js";
import { produce } from "./actors/producer.js";
import { serve } from "./actors/outbox-service.js";
import { OutboxStream } from "./actors/outbox-stream.js";
import { holdingIn, releaseHeld } from "./actors/release.js";
import { follow } from "./actors/reader.js";
import { type SubscriberPlan, subscribers } from "./actors/subscriber.js";
import { upload } from "./actors/uploader.js";
import { EndChecker } from "./checkers/end-checker.js";
import type { Watched } from "./checkers/watched.js";
import type { CrashMode } from "./crash-mode.js";
import { type CrashPlan, Deployment, type Narrow } from "./deployment.js";
import { LANE_WIDTH } from "./lane-width.js";
import { LATEST_LANDING_MS } from "./fate.js";
import { NO_FAULTS, afterwards, areCalm } from "./faults.js";
import { type Plan, type Shrink, WHOLE } from "./plan.js";
import { planOf } from "./plan-of-seed.js";
import { timeToLive } from "./actors/time-to-live.js";
import { watch } from "./watch.js";
import { type Line, World } from "./world.js";
import { laneCount } from "../../lib/domain/lane.js";

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

/** How far a run is: its actors look at it. `isHealthy`: nothing goes wrong any more. `isOver`: they may go. */
export interface Phase {
  isOver: boolean;
  isHealthy: boolean;
}

/** Producers stop on their own, long before this. */
const BUSY_MS = 12 * 3_600_000;
const BUSY_DAYS_MS = 10 * 86_400_000;
/** What a drain takes at the most once the faults have stopped: late landings, lane leases, deadlines, the sweep. */
const DRAIN_MS = 20 * 60_000;
/** And in steps: for what ends by itself, and for each message that is left, in order and alone in its delivery. */
const DRAIN_STEPS = 20_000;
const STEPS_A_MESSAGE = 75;
/** A consumer that waits looks once a second, while a subscription beside it sleeps through a pause of its breaker. */
const STEPS_A_SECOND_OF_WAITING = 10;
const LOOK_EVERY_MS = 250;
const MINUTE_MS = 60_000;
const SWEEP_EVERY_MS = MINUTE_MS;
const PROMPT_MS = 5_000;
const STEP_MS = 250;
/** What is done by its consumers is written down soon after. */
const LAST_WRITES_MS = 3 * 60_000;
/** An operator sets none that is longer. */
const LONGEST_RETENTION_SECONDS = 86_400;
/** Garbage is kept until nobody can be at work on what was deleted any more. */
const GARBAGE_MS = 90 * 60_000;

/** Nothing goes to S3, and an item takes so little that a big batch is refused; a lease of as many messages is not. */
const NARROW: Narrow = { inlineLimitBytes: 100_000, itemLimitBytes: 5_000 };

/** One history, the same for the same seed. */
export async function simulate(seed: number, options: Options = {}): Promise<Run> {
  const world = new World(seed, options.keepTimeline ?? false);
  const plan = options.plan ?? planOf(world, options.shrink ?? WHOLE);
  const deployment = new Deployment(world, NO_FAULTS, {
    ...(plan.rates.itemTooLarge > 0 ? NARROW : {}),
    ...(plan.decodedBytes === undefined ? {} : { decodedBytes: plan.decodedBytes }),
    ...(plan.goneForMs === undefined ? {} : { goneForMs: plan.goneForMs }),
  });
  const functions = new Functions(deployment, plan.clocksApart);
  const { services = [] } = plan.topic;
  deployment.hasServices = services.length > 0;
  deployment.hasSchedules = plan.schedules !== undefined;
  deployment.hasUploads = plan.topic.uploaders !== undefined;
  deployment.outbox.isOrdered = plan.topic.ordering === "key";
  deployment.outbox.isCalm = areCalm(plan.rates) && plan.topic.changes === 0;
  const calls: string[] = [];
  if (options.plan) deployment.crashPlan = crashPlan(calls, options.crash);
  const phase: Phase = { isOver: false, isHealthy: false };
  const { monitor } = deployment;
  watch(deployment, plan, options.crash !== undefined);
  if (plan.inboxes) deployment.ledger = new Ledger(deployment, LONGEST_RETENTION_SECONDS);
  deployment.effects.looksAt = new Set(plan.inboxes);
  deployment.subscriber = subscribers(deployment, pushesOf(plan), phase);
  await during(world, setUp(deployment, functions, plan));

  deployment.rates = plan.rates;
  deployment.deaf = plan.deaf;
  monitor.places.timing.timely = new Set(plan.timely);
  const producers = plan.topic.producers.map((producer) => produce(deployment, functions, producer));
  const stream = new OutboxStream(deployment, functions);
  const serving = services.map((service) => serve(deployment, stream, service, plan.clocksApart));
  const atomic = (plan.atomic ?? []).map((one) => produceAtomically(deployment, functions, one));
  const operators = [operate(deployment, functions, plan.topic)];
  operators.push(...(plan.topic.erasers ?? []).map((eraser) => erase(deployment, functions, eraser)));
  operators.push(...(plan.topic.uploaders ?? []).map((uploader) => upload(deployment, functions, uploader)));
  if (plan.schedules) operators.push(keepSchedules(deployment, functions, plan.topic.name, plan.schedules));
  for (const { pull } of plan.topic.subscriptions) {
    for (const [index, consumer] of pull.entries()) {
      const { client, subscription } = consumer;
      if (client)
        void clientWorkers(
          deployment,
          functions,
          { ...consumer, client },
          `${subscription}-worker-${index}`,
          phase,
        );
      else void consume(deployment, functions, consumer, phase);
    }
  }
  for (const reader of plan.topic.readers ?? []) void follow(deployment, functions, reader, phase);
  for (const looker of plan.topic.lookers ?? []) void lookUp(deployment, functions, looker, phase);
  for (const lister of plan.topic.listers ?? []) void goThroughLists(deployment, functions, lister, phase);
  timeToLive(deployment, phase);
  if (deployment.hasUploads) lifecycle(deployment, phase);
  const busyMs = plan.takesDays ? BUSY_DAYS_MS : BUSY_MS;
  await during(world, Promise.all([...producers, ...atomic, ...serving, ...operators]), busyMs);

  await untilOutagesEnd(world, plan);
  await drainPromptly(deployment, plan);
  deployment.rates = afterwards(plan.rates);
  deployment.deaf = undefined;
  phase.isHealthy = true;
  await restore(deployment, functions, plan);
  if (plan.schedules) await during(world, endSchedules(deployment, functions, plan.topic.name), DRAIN_MS);
  // What is sent again is not done: a run whose dead letters hold all that is left would pass for over before.
  if (holdingIn(plan.topic).length > 0)
    await during(world, releaseHeld(deployment, functions, plan.topic, phase));
  const waiting = plan.topic.subscriptions.reduce((sum, { pull }) => sum + pull.length, 0);
  await drain(deployment, functions, phase, waiting);
  const isCosted =
    plan.topic.changes === 0 && services.length === 0 && !plan.hasDelays && !plan.hasDedup && !plan.schedules;
  if (isCosted) checkCost(deployment, plan);
  functions.stop();
  const { violations, timeline, eventCount: events, counts } = world;
  return { seed, plan, violations, timeline, events, counts, calls };
}

export const pushesOf = ({ topic }: Plan): ReadonlyMap<string, SubscriberPlan> =>
  new Map(topic.subscriptions.flatMap(({ name, push }) => (push ? [[name, push] as const] : [])));

/** Where nothing else goes wrong, an outage lasts to its end: it is hours in which its subscription is tried. */
async function untilOutagesEnd(world: World, plan: Plan): Promise<void> {
  if (!plan.out && !plan.lasts) return;
  const ends = [...pushesOf(plan).values()].map(({ outage }) => outage?.untilMs ?? 0);
  await world.runUntil(Math.max(world.nowMs, world.startMs + Math.max(0, ...ends)));
}

/**
 * Where nothing goes wrong, what is written stays within a bound that follows from what happened. Where messages fail,
 * pumps start for what there is to deliver all the same.
 */
function checkCost({ world, monitor: { cost } }: Deployment, { calm, failing, topic }: Plan): void {
  const pushed = topic.subscriptions.filter(({ push }) => push);
  const lanesOf = (maxConcurrency: number): number =>
    laneCount({ topic, subscription: { maxConcurrency } }, LANE_WIDTH);
  const lanes = pushed.reduce((sum, { push }) => sum + lanesOf(push?.maxConcurrency ?? 1), 0);
  const activity = { minutes: (world.nowMs - world.startMs) / MINUTE_MS, lanes };
  const all = topic.subscriptions.length;
  const excess = calm.length === all ? cost.excess(activity) : undefined;
  const restless = calm.length + failing.length === all ? cost.restless(activity) : undefined;
  for (const text of [excess, restless]) if (text) world.violation("cost", text);
}

/**
 * Once nothing goes wrong any more all ends, within a bounded time and a bounded number of steps. `waiting`: consumers
 * that poll all the while.
 */
export async function drain(
  deployment: Deployment,
  functions: Functions,
  phase: Phase,
  waiting = 0,
): Promise<void> {
  const { world, monitor, storage } = deployment;
  const { eventCount: before, nowMs: beganMs } = world;
  const open = monitor.live().reduce((sum, watched) => sum + monitor.open(watched).length, 0);
  const left = open + deployment.outbox.waiting;
  await untilDrained(deployment, DRAIN_MS);
  const steps = world.eventCount - before;
  const waitedSteps = ((world.nowMs - beganMs) / 1_000) * waiting * STEPS_A_SECOND_OF_WAITING;
  if (steps > DRAIN_STEPS + left * STEPS_A_MESSAGE + waitedSteps)
    world.violation("progress", `the drain of ${left} messages took ${steps} steps`);
  await world.runUntil(world.nowMs + LAST_WRITES_MS);
  phase.isOver = true;
  functions.rest();
  const hasGarbage = (): boolean => storage.garbage.size > 0;
  if (hasGarbage()) await world.runUntil(world.nowMs + GARBAGE_MS, () => !hasGarbage());
  // What is under way ends.
  await world.runUntil(world.nowMs + PROMPT_MS);
  if (world.violations.length === 0) new EndChecker(world, storage, monitor).check();
  if (world.violations.length === 0) deployment.outbox.check();
  if (world.violations.length === 0) deployment.erasures.atTheEnd();
  if (world.violations.length === 0) deployment.uploads.atTheEnd();
}

/** A look at everything that is open takes its time: there is one a while, not one a step. */
async function untilDrained(
  { world, monitor, outbox }: Deployment,
  withinMs: number,
  watched?: readonly Watched[],
): Promise<void> {
  const untilMs = world.nowMs + withinMs;
  const isDrained = (): boolean =>
    monitor.isDrained(watched) && (watched !== undefined || outbox.waiting === 0);
  while (world.nowMs < untilMs && world.violations.length === 0 && !isDrained())
    await world.runUntil(Math.min(untilMs, world.nowMs + LOOK_EVERY_MS));
}

/** Where nothing goes wrong nothing waits for the sweep, however sick another subscription is. */
async function drainPromptly(deployment: Deployment, plan: Plan): Promise<void> {
  const { world, monitor } = deployment;
  // The clock publishes meanwhile: what there is to drain is not known as it begins.
  if (plan.hasDelays || plan.schedules) return;
  const pushed = plan.topic.subscriptions.filter(({ name, push }) => push && plan.calm.includes(name));
  const watched = monitor.live().filter((one) => pushed.some(({ name }) => name === one.subscription.name));
  if (watched.length === 0) return;
  const slowest = Math.max(...pushed.map(({ push }) => push?.workMs ?? 0));
  const open = Math.max(0, ...watched.map((one) => monitor.open(one).length));
  const windows = watched.map(({ subscription }) => monitor.deliveries.windows.windowMs(subscription));
  const withinMs = PROMPT_MS + Math.max(...windows) + open * (slowest + STEP_MS);
  // The sweep would make up for a lost wake-up: where it may come first, nothing can be told.
  if (withinMs > SWEEP_EVERY_MS - ((world.nowMs - world.startMs) % SWEEP_EVERY_MS)) return;
  world.count("promptness-looked-at");
  await untilDrained(deployment, withinMs, watched);
  if (!monitor.isDrained(watched) && world.violations.length === 0) {
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
export async function during(world: World, work: Promise<unknown>, atMostMs = BUSY_MS): Promise<void> {
  let isOver = false;
  work.then(
    () => (isOver = true),
    (error: unknown) => world.crashed(error),
  );
  await world.runUntil(world.nowMs + atMostMs, () => isOver);
  if (!isOver && world.violations.length === 0)
    world.violation("progress", "producers or operators never ended");
}

/** As it was planned, whatever an operator's last request made of it, and though one may land late. */
export async function restore(deployment: Deployment, functions: Functions, plan: Plan): Promise<void> {
  const { world } = deployment;
  const work = async (): Promise<void> => {
    await world.sleep(LATEST_LANDING_MS);
    await setUp(deployment, functions, plan);
    await enableAll(deployment, functions);
  };
  await during(world, work(), DRAIN_MS);
}
