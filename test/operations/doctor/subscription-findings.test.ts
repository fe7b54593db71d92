import { BREAKER_REASONS } from "../../../lib/domain/breaker.js";
import type { Subscription } from "../../../lib/domain/subscription.js";
import type { Topic } from "../../../lib/domain/topic.js";
import type { SubscriptionState } from "../../../lib/operations/manage/subscription-state.js";
import {
  type AboutSubscription,
  judgeSubscription,
} from "../../../lib/operations/doctor/subscription-findings.js";
import { IDLE } from "../an-idle-state.js";

const NOW_MS = Date.UTC(2026, 7, 1);
const AGE_MS = 7_300_000;
const TOPIC = { name: "orders", paused: "none" } as Topic;
const PULL = { type: "pull" } as const;
const LAMBDA = { type: "lambda", functionArn: "arn" } as const;

interface Case extends Partial<Omit<AboutSubscription, "state">> {
  readonly target?: Subscription["target"];
  readonly paused?: boolean;
  readonly disabled?: Subscription["disabled"];
  readonly topic?: Topic;
}

function found(
  state: Partial<SubscriptionState>,
  { topic = TOPIC, deaths = 0, deadSinceMs, ...fields }: Case = {},
) {
  const subscription = { name: "mail", target: LAMBDA, paused: false, ...fields } as Subscription;
  const about = { state: { ...IDLE, ...state }, deaths, deadSinceMs };
  return judgeSubscription({ topic, subscription }, about, { nowMs: NOW_MS, maxAgeMs: 300_000 });
}

const asleep = (reason: (typeof BREAKER_REASONS)[number]) => ({
  ...{ reason, error: "it said no", sinceMs: 7, untilMs: 9, pauses: 1, version: 1 },
});

it("finds nothing where messages are done in time", () => {
  expect(found({ backlog: 10_000, inFlight: 12, oldestUnackedAgeMs: 300_000 })).toEqual([]);
});

it.each([
  [{ deadLetters: 2 }, "wrong", "dead-letters", "2 messages are dead letters", "sluice redrive orders mail"],
  [{ deadLetters: 1 }, "wrong", "dead-letters", "1 message is a dead letter", "sluice dead-letters list"],
  [{ setAside: 1 }, "wrong", "set-aside", "1 slot of messages", "sluice subscriptions set-aside"],
  [{ heldKeys: 1 }, "wrong", "keys-held", "1 key is held by a dead letter", "sluice stuck orders mail"],
  [{ heldKeys: 2 }, "wrong", "keys-held", "2 keys are held by dead letters", "--state held"],
  [{ expired: 3 }, "note", "expired", "3 messages have expired", "retain for longer"],
] as const)("GIVEN %o THEN that is %s: %s", (state, level, code, what, advice) => {
  const [finding, ...others] = found(state);
  expect(others).toEqual([]);
  expect([finding?.level, finding?.code]).toEqual([level, code]);
  expect(finding?.what).toContain(what);
  expect(finding?.advice).toContain(advice);
});

it.each(BREAKER_REASONS)("says what to do while it is %s, and since when it sleeps", (reason) => {
  const [finding, ...others] = found({ asleep: asleep(reason), backlog: 9, oldestUnackedAgeMs: AGE_MS });
  expect(others).toEqual([]);
  expect(finding?.what).toBe(`it sleeps: its target is ${reason} (it said no); 9 messages wait`);
  expect(finding?.advice).toContain("sluice subscriptions wake orders mail");
  expect([finding?.code, finding?.sinceMs]).toEqual(["asleep", 7]);
});

const DISABLED = { reason: "gone", error: "410", sinceMs: 8 } as const;

it.each([
  ["disabled", {}, { disabled: DISABLED }, "wrong", "sluice subscriptions wake orders mail"],
  ["paused", {}, { paused: true }, "note", "sluice subscriptions resume orders mail"],
  ["pump-dies", {}, { deaths: 2 }, "wrong", "the pump's alarm"],
  ["not-received", {}, { target: PULL, deaths: 0 }, "wrong", "no consumer receives"],
  ["settled-late", { inFlight: 5 }, { target: PULL }, "wrong", "sluice stuck orders mail"],
  ["deliveries-fail", { retrying: 1 }, { deaths: 1 }, "wrong", "sluice stuck orders mail says why"],
  ["target-slow", { inFlight: 5 }, {}, "wrong", "raise maxConcurrency"],
  ["not-delivered", {}, {}, "wrong", "the alarms of the dispatcher"],
] as const)("says why messages wait for long: %s", (code, state, options, level, advice) => {
  const [finding, ...others] = found({ backlog: 3, oldestUnackedAgeMs: AGE_MS, ...state }, options);
  expect(others).toEqual([]);
  expect([finding?.code, finding?.level, finding?.advice]).toEqual([
    ...[code, level, expect.stringContaining(advice)],
  ]);
});

it("tells how old the oldest one is, and since when dead letters lie there", () => {
  const [dead, old] = found({ backlog: 1, deadLetters: 1, oldestUnackedAgeMs: AGE_MS }, { deadSinceMs: 5 });
  expect(dead?.sinceMs).toBe(5);
  expect(old?.what).toBe("its oldest message has waited for 2 hours; 1 message waits, 0 in flight");
  expect(old?.sinceMs).toBe(NOW_MS - AGE_MS);
});

it("leaves a paused topic to what is said of the topic", () => {
  const topic = { ...TOPIC, paused: "all" } as Topic;
  expect(found({ backlog: 1, oldestUnackedAgeMs: AGE_MS }, { topic })).toEqual([]);
});
