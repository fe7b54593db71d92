import { UserError } from "../../local/user-error.js";
import { HTTPS_DEFAULTS } from "../../lib/domain/subscription.js";
import { FAULTY_PLANS } from "./faulty-plans.js";
import type { Plan } from "./plan.js";
import { FAULTY_UPLOAD_PLANS, UPLOAD_PLANS } from "./upload-plans.js";
import { aService, holding, pull, push, small, steady, withAttempts } from "./small-plan.js";

/** Until it is disabled, and a little longer. */
const GONE = push(1);
const GONE_FOR = { fromMs: 0, untilMs: 7 * 60_000, reason: "gone" } as const;
const HOOK = {
  ...HTTPS_DEFAULTS,
  type: "https",
  url: "https://s.example.com/",
  connectTimeoutSeconds: 3,
  timeoutSeconds: 3,
} as const;

/** Small runs that make every call that there is: each is killed at each of them. */
export const SMALL_PLANS: Readonly<Record<string, Plan>> = {
  "pull: acknowledge": small({ subscription: pull() }),
  "pull: publishes of a service that share slots": small({
    publishes: 8,
    gapMs: 5,
    longGapMs: 5,
    inFlight: 4,
    subscription: pull(),
  }),
  "pull: retry, extend, settle late": small({
    publishes: 6,
    subscription: pull({ retries: 0.5, extends: 0.3, late: 0.3 }),
  }),
  "pull: extend, acknowledge in parts": small({
    publishes: 6,
    batch: 4,
    subscription: pull({ extends: 0.4, twice: 0.5, parts: 0.7 }),
  }),
  "pull: ordered, with retries": small({
    ordering: "key",
    subscription: pull({ retries: 0.5, extends: 0.4 }),
  }),
  "pull: extend all": small({ publishes: 8, batch: 1, subscription: pull({ extends: 1 }) }),
  "pull: large bodies": small({ bigShare: 1, subscription: pull() }),
  "pull: the tail expires": small({ publishes: 4, longGapMs: 3_400_000, subscription: pull() }),
  "pull: what nobody settles waits for long": small({
    publishes: 2,
    longGapMs: 720_000,
    subscription: { ...pull({ forgets: 1 }), settings: { ackDeadlineSeconds: 800 } },
  }),
  "push: one lane": small({ subscription: push(2) }),
  "push: more comes while a pump is on its way": small({
    partitions: 2,
    publishes: 4,
    batch: 1,
    gapMs: 40,
    longGapMs: 40,
    subscription: push(2),
  }),
  "push: one lane, some fail": small({ publishes: 5, subscription: push(2, { failsSome: 0.7, fails: 0.3 }) }),
  "push: some fail, and their timers are put off, since what they start does not start": small({
    isDeaf: true,
    gapMs: 15_000,
    longGapMs: 20_000,
    subscription: push(2, { failsSome: 0.7, fails: 0.2 }),
  }),
  "push: ordered, some fail": small({
    ordering: "key",
    partitions: 2,
    subscription: push(2, { failsSome: 0.4 }),
  }),
  "push: longer than a lane's lease is renewed": small({
    publishes: 6,
    subscription: push(1, { workMs: 9_000 }),
  }),
  "push: a webhook whose secret is rotated, gone for so long that it is disabled": small({
    publishes: 2,
    goneForMs: 5_000,
    changes: 2,
    kinds: ["rotate"],
    subscription: {
      ...GONE,
      settings: { ...GONE.settings, target: HOOK },
      push: { maxConcurrency: 1, ...steady, outage: GONE_FOR },
    },
  }),
  "push: several lanes": small({ subscription: push(40) }),
  "operator: any change": small({ changes: 4, subscription: push(2) }),
  "operator: what failed too often is sent again, of a consumer that pulls": small({
    changes: 3,
    kinds: ["redrive", "attempts"],
    bigShare: 0.4,
    subscription: withAttempts(1, pull({ retries: 0.4, rejects: 0.3 })),
  }),
  "operator: what failed too often is sent again, ordered and pushed": small({
    changes: 3,
    kinds: ["redrive"],
    ordering: "key",
    partitions: 2,
    subscription: withAttempts(2, push(2, { failsSome: 0.7, rejects: 0.2 })),
  }),
  "hold: what has died holds its key, and is sent again or let go, of a consumer that pulls": small({
    publishes: 6,
    changes: 3,
    kinds: ["redrive", "hold"],
    ordering: "key",
    subscription: holding(withAttempts(1, pull({ retries: 0.4, rejects: 0.3 }))),
  }),
  "hold: the same, pushed": small({
    publishes: 6,
    changes: 3,
    kinds: ["redrive", "hold"],
    ordering: "key",
    partitions: 2,
    subscription: holding(withAttempts(2, push(2, { failsSome: 0.5, rejects: 0.2 }))),
  }),
  "traced: some fail, pushed": small({
    publishes: 4,
    isTraced: true,
    subscription: push(2, { failsSome: 0.5 }),
  }),
  "traced: sent back, of a topic that is deleted and made anew": small({
    isTraced: true,
    changes: 1,
    kinds: ["recreate-topic"],
    subscription: pull({ retries: 0.3 }),
  }),
  "operator: a job sends what failed too often again, slowly, and is cancelled": small({
    publishes: 8,
    changes: 4,
    kinds: ["job", "cancel-job"],
    subscription: withAttempts(1, pull({ retries: 0.7, rejects: 0.3 })),
  }),
  "replay: what is done comes again, and now and then a replay is cancelled, of a consumer that pulls": small(
    {
      publishes: 6,
      changes: 4,
      kinds: ["replay"],
      subscription: pull({ retries: 0.3 }),
    },
  ),
  "replay: the same, ordered and pushed": small({
    publishes: 6,
    changes: 4,
    kinds: ["replay"],
    ordering: "key",
    partitions: 2,
    subscription: push(2, { failsSome: 0.4 }),
  }),
  "replay: beside redrives of what failed too often": small({
    publishes: 6,
    changes: 6,
    kinds: ["replay", "redrive"],
    subscription: withAttempts(1, pull({ retries: 0.4, rejects: 0.3 })),
  }),
  "replay: slowly, of what is all under way, so that it notes how far it came without a move": small({
    publishes: 60,
    gapMs: 20,
    longGapMs: 20,
    changes: 1,
    kinds: ["slow-replay"],
    subscription: { ...pull({ forgets: 1 }), settings: { ackDeadlineSeconds: 300 } },
  }),
  "operator: pause a topic, change its retention": small({
    changes: 3,
    kinds: ["pause-topic", "retention"],
    subscription: push(2),
  }),
  "operator: seek, of a consumer that pulls": small({
    changes: 2,
    kinds: ["seek"],
    subscription: pull({ retries: 0.3 }),
  }),
  "operator: seek, ordered and pushed": small({
    changes: 2,
    kinds: ["seek"],
    ordering: "key",
    partitions: 2,
    subscription: push(2, { failsSome: 0.3 }),
  }),
  "outbox: two services write messages, some of which the topic refuses": small({
    publishes: 1,
    ordering: "key",
    partitions: 2,
    services: [aService("o0"), aService("o1")],
    subscription: pull(),
  }),
  "outbox: what waits for the end of a pause is found by the sweep": small({
    publishes: 1,
    changes: 2,
    kinds: ["pause-topic"],
    services: [{ ...aService("o0"), forgetsKey: 0, gapMs: 5_000 }],
    subscription: pull(),
  }),
  "delayed: some are cancelled, of a consumer that pulls": small({
    publishes: 4,
    changes: 2,
    kinds: ["cancel"],
    delayedShare: 0.8,
    bigShare: 0.3,
    subscription: pull(),
  }),
  "delayed: ordered and pushed, of a topic that is paused, or deleted and made anew": small({
    publishes: 4,
    changes: 2,
    kinds: ["pause-topic", "recreate-topic"],
    ordering: "key",
    partitions: 2,
    delayedShare: 0.8,
    subscription: push(2),
  }),
  "dedup: messages and requests that are sent again, some of which are delayed": small({
    publishes: 6,
    delayedShare: 0.3,
    repeatShare: 0.6,
    subscription: pull(),
  }),
  "atomic: messages to two topics, under keys": small({
    publishes: 2,
    atomic: { bigShare: 0.3, repeatShare: 0.2 },
    subscription: pull(),
  }),
  "atomic: ordered and pushed, without keys, some delayed": small({
    publishes: 2,
    ordering: "key",
    partitions: 2,
    delayedShare: 0,
    atomic: { keys: ["a", "b", "c"], keyedShare: 0, delayedShare: 0.3 },
    subscription: push(2),
  }),
  "erased: while they are pulled, and some die and are mended": small({
    publishes: 4,
    erasures: 8,
    changes: 2,
    kinds: ["redrive"],
    bigShare: 1,
    subscription: withAttempts(1, pull({ retries: 0.4, rejects: 0.3 })),
  }),
  "erased: while they are pushed in order, and some fail, of a traced topic": small({
    publishes: 4,
    erasures: 3,
    ordering: "key",
    partitions: 2,
    isTraced: true,
    bigShare: 0.3,
    subscription: push(2, { failsSome: 0.5 }),
  }),
  "erased: in the outbox, or after their topic has refused them": small({
    publishes: 1,
    ordering: "key",
    erasures: 12,
    erasesEarly: true,
    services: [aService("o0"), aService("o1")],
    subscription: pull(),
  }),
  "erased: while they are delayed": small({
    publishes: 5,
    delayedShare: 0.8,
    bigShare: 0.5,
    erasures: 8,
    erasesEarly: true,
    subscription: pull(),
  }),
  "schedules: made, changed, run and deleted": small({
    publishes: 1,
    scheduleSteps: 9,
    subscription: pull(),
  }),
  "schedules: of a topic that is paused, or deleted and made anew": small({
    publishes: 1,
    changes: 2,
    kinds: ["pause-topic", "recreate-topic"],
    ordering: "key",
    scheduleSteps: 4,
    subscription: push(2),
  }),
  "schedules: of a topic whose schema changes, so that runs are refused": small({
    publishes: 1,
    hasSchema: true,
    scheduleSteps: 9,
    subscription: pull(),
  }),
  "operator: delete a topic with all of it, and make it anew": small({
    changes: 1,
    kinds: ["recreate-topic"],
    subscription: pull(),
  }),
  ...UPLOAD_PLANS,
};

/** @throws UserError where there is none of this name. */
export function smallPlan(name: string): Plan {
  const plans = { ...SMALL_PLANS, ...FAULTY_PLANS, ...FAULTY_UPLOAD_PLANS };
  const plan = plans[name];
  if (!plan) throw new UserError(`there is no small plan "${name}": ${Object.keys(plans).join("; ")}`);
  return plan;
}
