import type { RetrySettings, SubscriptionSettings } from "../../lib/domain/subscription.js";
import type { ConsumerPlan } from "./actors/consumer.js";
import type { ProducerPlan } from "./actors/producer.js";
import type { SubscriberPlan } from "./actors/subscriber.js";
import { withAtomic } from "./atomic-plan.js";
import { withDeadLetters, withOperator } from "./dead-letter-plan.js";
import { withDeaf, withFailing } from "./failing-plan.js";
import { areCalm, faultsOf } from "./faults.js";
import { withDedup } from "./dedup-plan.js";
import { withDelays } from "./delay-plan.js";
import { ERASED, ERASED_OF, withEraser } from "./erase-plan.js";
import { withFilters } from "./filter-plan.js";
import { withGone } from "./gone-plan.js";
import type { ChangeKind, Plan, Shrink, SubscriptionPlan } from "./plan.js";
import { withJournal } from "./journal-plan.js";
import { withInbox } from "./inbox-plan.js";
import { withOutages } from "./outage-plan.js";
import { embedded } from "./embedded-plan.js";
import { withClients } from "./client-plan.js";
import { withSchedules, withUnfitRuns } from "./schedule-plan.js";
import { tight } from "./tight-plan.js";
import { withPoison } from "./poison-plan.js";
import { withRate } from "./rated-plan.js";
import { withOutbox } from "./outbox-plan.js";
import { withListers, withLookers, withReaders } from "./reader-plan.js";
import { withSchema } from "./schema-plan.js";
import { UPLOADED, UPLOADED_OF, withUploads } from "./upload-plans.js";
import { withWindows } from "./window-plan.js";
import type { World } from "./world.js";

export function planOf(world: World, shrink: Shrink): Plan {
  const plan = wholePlan(world);
  const { rates, clocksApart, topic } = plan;
  const off = Object.fromEntries(shrink.without.map((fault) => [fault, 0]));
  return {
    ...plan,
    rates: { ...rates, ...off },
    ...(plan.atomic ? { atomic: plan.atomic.slice(0, shrink.producers) } : {}),
    clocksApart: clocksApart && !shrink.without.includes("clocksApart"),
    topic: {
      ...topic,
      producers: topic.producers
        .slice(0, shrink.producers)
        .map((one) => ({ ...one, publishes: Math.min(one.publishes, shrink.publishes) })),
      subscriptions: topic.subscriptions.slice(0, shrink.subscriptions),
      ...(shrink.without.includes("changes") ? { changes: 0 } : {}),
    },
  };
}

function wholePlan(world: World): Plan {
  const plan = planWithoutWindows(world);
  const windowed = world.seed % 9 === 7 ? withWindows(world, plan) : plan;
  const whole = world.seed % 13 === 6 && !plan.topic.services ? withSchedules(world, windowed) : windowed;
  const unfit = world.seed % 65 === 58 ? withUnfitRuns(world, whole) : whole;
  const looked = world.seed % 11 === 2 ? withLookers(world, unfit) : unfit;
  const listed = LISTED.includes(world.seed % 21) ? withListers(world, looked) : looked;
  const checked = world.seed % 28 === 24 && !listed.topic.schema ? withSchema(world, listed) : listed;
  const told = world.seed % 17 === 6 ? withJournal(world, checked) : checked;
  const poisoned = POISONED.includes(world.seed % 65) ? withPoison(world, told) : told;
  const erased = ERASED.includes(world.seed % ERASED_OF) ? withEraser(world, poisoned) : poisoned;
  return UPLOADED.includes(world.seed % UPLOADED_OF) ? withUploads(world, erased) : erased;
}

/** Some of the runs with workers that consume through the client. */
const POISONED: readonly number[] = [39, 64];

/** A third of the runs in which mostly dead letters are made, or an operator settles what has not ended. */
const LISTED: readonly number[] = [9, 19];

function planWithoutWindows(world: World): Plan {
  const plan = withGone(world, withOutages(world, planWithoutServices(world)));
  const whole = throughServices(world.seed, plan);
  const dying = world.seed % 7 === 2 ? withDeadLetters(world, whole) : whole;
  const settled = world.seed % 7 === 5 ? withOperator(world, dying) : dying;
  const filtered = world.seed % 6 === 5 ? withFilters(world, settled) : settled;
  if (world.seed % 16 === 9) return withOutbox(world, filtered);
  const late = world.seed % 8 === 6 ? withDelays(world, filtered) : filtered;
  const delayed = world.seed % 11 === 4 ? withDedup(world, late) : late;
  const atomic = world.seed % 13 === 7 ? withAtomic(world, delayed) : delayed;
  const read = world.seed % 7 === 6 ? withReaders(world, atomic) : atomic;
  return world.seed % 20 === 14 ? withInbox(read) : read;
}

function throughServices(seed: number, plan: Plan): Plan {
  const services = seed % 5 === 3 ? embedded(plan) : seed % 5 === 4 ? withClients(plan) : plan;
  return seed % 10 > 7 ? settlingWithReceive(services) : services;
}

/** What its consumers got they settle as they ask for more. */
const settlingWithReceive = ({ topic, ...plan }: Plan): Plan => ({
  ...plan,
  topic: {
    ...topic,
    subscriptions: topic.subscriptions.map((subscription) => ({
      ...subscription,
      pull: subscription.pull.map(({ client, ...one }) => ({
        ...{ ...one, settlesWithReceive: true },
        ...(client ? { client: { ...client, settlesWithReceive: true } } : {}),
      })),
    })),
  },
});

function planWithoutServices(world: World): Plan {
  const rates = faultsOf(world);
  const isCalm = areCalm(rates);
  const clocksApart = !isCalm && world.chance(0.3);
  const ordering = world.chance(0.35) ? "key" : "none";
  const partitions = world.pick([1, 1, 2, 4]);
  const name = "orders";
  const producers = Array.from({ length: world.between(1, 3) }, (_, index) =>
    producerOf(world, name, ordering, index),
  );
  const pauses = isCalm && world.chance(0.4);
  const count = world.between(1, 3);
  const sick = isCalm && count > 1 && world.chance(0.5) ? "s0" : undefined;
  const subscriptions = Array.from({ length: count }, (_, index) =>
    subscriptionOf(world, name, index, { isCalm: isCalm && sick !== `s${index}`, isSlow: pauses }),
  );
  const changes = pauses ? { changes: 2, kinds: PAUSES } : { changes: isCalm ? 0 : world.pick([0, 0, 1, 3]) };
  const retentionSeconds = world.pick([3_600, 3_600, 86_400]);
  const plan: Plan = {
    rates,
    clocksApart,
    calm: isCalm ? subscriptions.map((one) => one.name).filter((one) => one !== sick) : [],
    failing: [],
    topic: { name, ordering, partitions, retentionSeconds, producers, subscriptions, ...changes },
  };
  const whole = isCalm && !pauses && world.chance(0.6) ? withFailing(world, plan) : plan;
  if (isCalm && !pauses && world.seed % 2 === 0 && withDeaf(plan).deaf) return withDeaf(plan);
  if (world.seed % 16 === 3) return withRate(world, plan);
  return world.seed % 8 === 1 && whole.failing.length === 0 ? tight(whole) : whole;
}

/** What an operator does where nothing goes wrong: no publish is refused by it. */
const PAUSES: readonly ChangeKind[] = ["pause", "pause-delivery"];

/** Short; or until the tail is at one of the borders between the ways to append; or until all has expired. */
const longGapMs = (world: World): number =>
  world.pick([
    world.between(3_000, 50_000),
    world.between(3_000, 50_000),
    world.between(1_700_000, 1_900_000),
    world.between(3_200_000, 3_720_000),
    world.between(3_200_000, 3_720_000),
    4_000_000,
  ]);

function producerOf(world: World, topic: string, ordering: "none" | "key", index: number): ProducerPlan {
  const keys = ["a", "b", "c", "d", "e", "f"].slice(0, world.between(1, 6));
  return {
    name: `p${index}`,
    topic,
    publishes: world.between(2, 12),
    batch: world.pick([1, 1, 3, 12]),
    keys: ordering === "key" ? keys : [],
    gapMs: world.pick([20, 400, 5_000]),
    longGapMs: longGapMs(world),
    bigShare: world.pick([0, 0.1, 0.5]),
    expiringShare: world.pick([0, 0, 0.1]),
  };
}

/** So short that what fails again and again drains within the run. */
const retryOf = (world: World): RetrySettings => ({
  maxAttempts: world.pick([1, 2, 3, 16]),
  minBackoffSeconds: world.pick([1, 5]),
  maxBackoffSeconds: world.pick([5, 30]),
  jitter: world.pick(["full", "full", "none"]),
  scheduleSeconds: world.pick([[], [], [1, 4, 9], [20]]),
});

/** `isSlow`: what is published waits, so that a pause finds a pump at work. */
interface Kind {
  readonly isCalm: boolean;
  readonly isSlow: boolean;
}

function subscriptionOf(
  world: World,
  topic: string,
  index: number,
  { isCalm, isSlow }: Kind,
): SubscriptionPlan {
  const chance = (rate: number): number => (isCalm ? 0 : world.pick([0, 0, rate]));
  const name = `s${index}`;
  const isPush = world.chance(0.55);
  const maxConcurrency = world.pick(isSlow ? [1, 2, 40] : [1, 2, 5, 40]);
  const batch = { maxMessages: world.pick(isSlow ? [1] : [1, 3, 10]), maxBytes: 262_144, windowSeconds: 0 };
  const settings: Partial<SubscriptionSettings> = {
    ackDeadlineSeconds: world.between(5, 30),
    retry: retryOf(world),
    batch,
    maxConcurrency,
    ...(isPush ? { target: { type: "lambda", functionArn: `arn:fn:${name}` } } : {}),
  };
  const push: SubscriberPlan = {
    workMs: world.pick(isSlow ? [2_500] : [5, 200, 2_500]),
    fails: chance(0.3),
    failsSome: chance(0.3),
    rejects: chance(0.2),
    throttled: chance(0.2),
    dawdles: chance(0.15),
    maxConcurrency,
  };
  const pull = (): ConsumerPlan => ({
    topic,
    subscription: name,
    maxMessages: world.pick([1, 4, 30]),
    thinkMs: world.pick([1, 300, 2_500]),
    forgets: chance(0.15),
    late: chance(0.15),
    twice: chance(0.2),
    parts: world.pick([0, 0, 0.5]),
    retries: chance(0.3),
    rejects: chance(0.1),
    extends: chance(0.2),
  });
  const consumers = world.between(1, 3);
  return {
    name,
    from: world.chance(0.3) ? "latest" : "earliest",
    settings,
    push: isPush ? push : undefined,
    pull: isPush ? [] : Array.from({ length: consumers }, pull),
  };
}
