import type { Subscriber } from "../../../lib/domain/ports/subscriber.js";
import { messageSizeBytes } from "../../../lib/domain/message.js";
import { isFrom } from "./producer.js";
import type { Deployment } from "../deployment.js";
import type { World } from "../world.js";
import type { Handed } from "../../../lib/domain/handed.js";
import type { SubscriptionRef } from "../../../lib/domain/subscription.js";
import type { DeliveryOutcome, UnavailableReason } from "../../../lib/domain/delivery-outcome.js";

/** How a Lambda subscriber behaves, each by its chance; once the faults stop it does its work. */
export interface SubscriberPlan {
  readonly workMs: number;
  readonly fails: number;
  readonly failsSome: number;
  /** Of the messages that it fails. @default 0 */
  readonly rejects?: number;
  readonly throttled: number;
  /** Takes far longer than its deadline. */
  readonly dawdles: number;
  readonly maxConcurrency: number;
  /** The producer whose messages fail each time; default: none. */
  readonly failsFrom?: string;
  /** So long after the run began it takes nothing; not once the faults have stopped. */
  readonly outage?: Outage;
  /** What each of the first deliveries takes, in their order, where chance has no say in it. */
  readonly turnsMs?: readonly number[];
  /** How many of the first deliveries fail, however healthy all is; default: none. */
  readonly failing?: number;
}

interface Outage {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly reason: UnavailableReason;
  /** Of its answers meanwhile, how many are others: a fifth of them take what they get. @default 0 */
  readonly lapses?: number;
}

const DAWDLE_MS = 70_000;
/** What a function says that is throttled, and what webhooks say that take no deliveries, each for its own reason. */
const UNAVAILABLE: readonly DeliveryOutcome[] = [
  { kind: "unavailable", reason: "throttled", error: "throttled" },
  { kind: "unavailable", reason: "throttled", error: "answered 429", status: 429, retryAfterMs: 7_000 },
  { kind: "unavailable", reason: "unreachable", error: "cannot be connected to: ECONNREFUSED" },
  { kind: "unavailable", reason: "gone", error: "answered 410", status: 410 },
];
/** What a Lambda function takes. */
const LIMIT_BYTES = 6 * 1_024 * 1_024;

/** Plays the subscribers' functions, by the names of their subscriptions. */
export function subscribers(
  deployment: Deployment,
  plans: ReadonlyMap<string, SubscriberPlan>,
  phase: { isHealthy: boolean },
): Subscriber {
  const { world, monitor } = deployment;
  let turn = 0;
  const answer: Subscriber["deliver"] = async ({ subscription: ref }, messages) => {
    const plan = plans.get(ref.name);
    if (!plan) return { kind: "unavailable", reason: "missing", error: "nobody is there" };
    await world.sleep(world.between(2, 20));
    const out = phase.isHealthy ? undefined : outOf(world, plan);
    if (out) monitor.breakers.tried(ref, plan.maxConcurrency);
    if (out) return { kind: "unavailable", reason: out, error: "it is out" };
    if (!phase.isHealthy && world.chance(plan.throttled)) return world.pick(UNAVAILABLE);
    const delivery = monitor.deliveries.delivered(ref, messages);
    monitor.deliveries.started(ref, plan.maxConcurrency);
    world.note(
      `fn ${ref.name}`,
      () => `got ${messages.map(({ id, attempt }) => `${id}(${attempt})`).join()}`,
    );
    const dawdles = !phase.isHealthy && world.chance(plan.dawdles);
    const isFailing = turn < (plan.failing ?? 0);
    const turnMs = plan.turnsMs?.[turn++];
    await world.sleep(turnMs ?? (dawdles ? DAWDLE_MS : world.between(1, plan.workMs)));
    const unwritten = await unwrittenOf(deployment, ref, messages);
    monitor.deliveries.ended(ref, messages);
    const outcome: DeliveryOutcome =
      isFailing || (dawdles && world.chance(0.5))
        ? { kind: "failed", error: "it took too long" }
        : failingToo(outcomeOf(deployment, plan, messages, phase.isHealthy), unwritten);
    monitor.retries.answered(ref, messages, outcome);
    const failed = outcome.kind === "answered" ? outcome.failedIds : new Set(messages.map(({ id }) => id));
    const done = doneOf(messages, failed, monitor.deliveries.isOrdered(ref.topic.uid));
    deployment.effects.acknowledged(ref.name, done);
    if (delivery) monitor.deliveries.saidDone(delivery, done);
    const rejected = outcome.kind === "answered" ? [...(outcome.said?.keys() ?? [])] : [];
    if (delivery) monitor.deliveries.saidRejected(delivery, rejected, false);
    world.note(`fn ${ref.name}`, () => `${outcome.kind}, failed ${[...failed].join()}`);
    await world.sleep(world.between(1, 10));
    return outcome;
  };
  return {
    limitBytes: () => LIMIT_BYTES,
    sizeBytes: (_reader, message) => messageSizeBytes(message),
    deliver: async (reader, messages) => {
      const calledAtMs = world.nowMs;
      const outcome = await answer(reader, messages);
      monitor.gone.answered(reader.subscription, outcome, calledAtMs);
      return outcome;
    },
  };
}

/** Why it takes nothing just now, if so. */
function outOf(world: World, { outage }: SubscriberPlan): UnavailableReason | undefined {
  const atMs = world.nowMs - world.startMs;
  if (!outage || atMs < outage.fromMs || atMs >= outage.untilMs) return undefined;
  if (outage.lapses === undefined || !world.chance(outage.lapses)) return outage.reason;
  return world.chance(0.8) ? "throttled" : undefined;
}

function outcomeOf(
  { world }: Deployment,
  plan: SubscriberPlan,
  messages: readonly Handed[],
  isHealthy: boolean,
): DeliveryOutcome {
  if (!isHealthy && world.chance(plan.fails)) return { kind: "failed", error: "it threw" };
  const failed = isHealthy
    ? []
    : messages.filter((message) => world.chance(plan.failsSome) || isFrom(plan.failsFrom, message));
  const rejected = failed.filter(() => world.chance(plan.rejects ?? 0));
  return {
    kind: "answered",
    failedIds: new Set(failed.map(({ id }) => id)),
    said: new Map(rejected.map(({ id }) => [id, { isRejected: true, error: "no" }])),
  };
}

/** Where it has an inbox: those whose effect is not known to be written. */
async function unwrittenOf(
  { effects, ledger }: Deployment,
  { name, topic }: SubscriptionRef,
  messages: readonly Handed[],
): Promise<readonly string[]> {
  if (!ledger || !effects.looksAt.has(name)) return [];
  const writes = messages.map(({ id }) => {
    const eventSourceARN = `arn:aws:sqs:eu-central-1:000000000000:${topic.name}-${name}`;
    return ledger.carryOut(name, id, { messageId: id, eventSourceARN });
  });
  const outcomes = await Promise.allSettled(writes);
  return messages.flatMap(({ id }, index) => (outcomes[index]?.status === "rejected" ? [id] : []));
}

function failingToo(outcome: DeliveryOutcome, ids: readonly string[]): DeliveryOutcome {
  if (ids.length === 0 || outcome.kind !== "answered") return outcome;
  return { ...outcome, failedIds: new Set([...outcome.failedIds, ...ids]) };
}

/** With ordering, what comes after a failure of the same key is not done, whatever its handler says. */
function doneOf(messages: readonly Handed[], failed: ReadonlySet<string>, isOrdered: boolean): string[] {
  const held = new Set<string>();
  return messages.flatMap(({ id, key = id }) => {
    if (failed.has(id) || (isOrdered && held.has(key))) {
      held.add(key);
      return [];
    }
    return [id];
  });
}
