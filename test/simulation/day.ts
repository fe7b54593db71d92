import { consume } from "./actors/consumer.js";
import { Functions } from "./actors/functions.js";
import { produce } from "./actors/producer.js";
import { subscribers } from "./actors/subscriber.js";
import { timeToLive } from "./actors/time-to-live.js";
import type { CostChecker } from "./checkers/cost-checker.js";
import { dayPlan } from "./day-plan.js";
import { Deployment } from "./deployment.js";
import { NO_FAULTS } from "./faults.js";
import { setUp } from "./set-up.js";
import { drain, during, pushesOf, restore } from "./simulate.js";
import { World } from "./world.js";

export interface DayTask {
  readonly kind: "day";
  readonly seed: number;
  readonly messages: number;
}

/** How far the day is. Counts are since its beginning. */
export interface DayReport {
  /** Of the world's time. */
  readonly minutes: number;
  readonly published: number;
  readonly steps: number;
  readonly heapBytes: number;
  readonly slots: number;
  readonly writeUnits: number;
  /** Of `writeUnits`: what they were spent on. */
  readonly spent: Readonly<Record<"append" | "progress" | "lanes" | "other", number>>;
  /** Messages that the checkers still know. */
  readonly known: number;
  readonly violations: readonly string[];
  readonly counts: readonly (readonly [string, number])[];
  readonly isOver: boolean;
}

const spentBy = ({ append, progress, lanes, other }: CostChecker): DayReport["spent"] => ({
  append,
  progress,
  lanes,
  other,
});

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A day of a topic under faults, reported hour by hour; the checkers see all of it, and remember what is retained. */
export async function simulateDay(
  { seed, messages }: DayTask,
  tell: (report: DayReport) => void,
): Promise<void> {
  const world = new World(seed, false);
  const plan = dayPlan(messages);
  const deployment = new Deployment(world, NO_FAULTS);
  const { monitor } = deployment;
  const functions = new Functions(deployment, plan.clocksApart);
  const phase = { isOver: false, isHealthy: false };
  monitor.deliveries.excusePumps(Infinity);
  deployment.subscriber = subscribers(deployment, pushesOf(plan), phase);
  await during(world, setUp(deployment, functions, plan));
  const report = (isOver: boolean): void =>
    tell({
      minutes: (world.nowMs - world.startMs) / MINUTE_MS,
      published: world.counts.get("published") ?? 0,
      steps: world.eventCount,
      heapBytes: process.memoryUsage().heapUsed,
      slots: monitor.cost.slots,
      writeUnits: monitor.cost.total,
      spent: spentBy(monitor.cost),
      known: monitor.log.known,
      violations: world.violations,
      counts: [...world.counts],
      isOver,
    });
  deployment.rates = plan.rates;
  timeToLive(deployment, phase);
  const works = plan.topic.producers.map((producer) => produce(deployment, functions, producer));
  for (const { pull } of plan.topic.subscriptions) {
    for (const consumer of pull) void consume(deployment, functions, consumer, phase);
  }
  let isPublished = false;
  void Promise.all(works).then(() => (isPublished = true));
  for (
    let hour = 1;
    hour <= 2 * (DAY_MS / HOUR_MS) && !isPublished && world.violations.length === 0;
    hour++
  ) {
    await world.runUntil(world.startMs + hour * HOUR_MS, () => isPublished);
    report(false);
  }
  if (!isPublished && world.violations.length === 0) world.violation("progress", "the producers never ended");
  deployment.rates = NO_FAULTS;
  phase.isHealthy = true;
  await restore(deployment, functions, plan);
  await drain(deployment, functions, phase);
  for (const [name, count] of monitor.expired)
    world.violation(
      "progress",
      `${count} messages of ${name} expired, and nobody had said that they are done`,
    );
  functions.stop();
  report(true);
}
