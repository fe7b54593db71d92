import type { SubscriptionWithState, Topic } from "../../../lib/client/index.js";
import { subscriptionFindings } from "../../../cli/doctor/subscription.js";

const TOPIC = { name: "orders", paused: "none" } as Topic;
const FINE: SubscriptionWithState["state"] = {
  ...{
    backlog: 0,
    inFlight: 0,
    retrying: 0,
    expired: 0,
    deadLetters: 0,
    setAside: 0,
    busyKeys: 0,
    heldKeys: 0,
  },
  ...{ oldestUnackedAgeSeconds: 0, breaker: { state: "closed" } },
};
const PULL = { type: "pull" } as const;
const LAMBDA = { type: "lambda", functionArn: "arn" } as const;

const found = (
  state: Partial<SubscriptionWithState["state"]>,
  {
    target = LAMBDA,
    paused = false,
    topic = TOPIC,
  }: { target?: object; paused?: boolean; topic?: Topic } = {},
) =>
  subscriptionFindings(
    topic,
    { name: "mail", target, paused, state: { ...FINE, ...state } } as SubscriptionWithState,
    300,
  );
const open = (reason: string) =>
  ({
    state: "open",
    reason,
    error: "it said no",
    since: "s",
    until: "u",
  }) as SubscriptionWithState["state"]["breaker"];

it("finds nothing where messages are done in time", () => {
  expect(found({ backlog: 10_000, inFlight: 12, oldestUnackedAgeSeconds: 300 })).toEqual([]);
});

it.each([
  ["dead letters", { deadLetters: 2 }, "wrong", "2 messages are dead letters", "sluice redrive orders mail"],
  ["one dead letter", { deadLetters: 1 }, "wrong", "1 message is a dead letter", "sluice dead-letters list"],
  ["what cannot be read", { setAside: 1 }, "wrong", "1 slot of messages", "sluice subscriptions set-aside"],
  [
    "a key that is held",
    { heldKeys: 1 },
    "wrong",
    "1 key is held by a dead letter",
    "sluice stuck orders mail",
  ],
  ["keys that are held", { heldKeys: 2 }, "wrong", "2 keys are held by dead letters", "--state held"],
  ["what has expired", { expired: 3 }, "note", "3 messages have expired", "retain for longer"],
] as const)("finds %s", (_, state, level, what, advice) => {
  const [finding, ...others] = found(state);
  expect(others).toEqual([]);
  expect(finding?.level).toBe(level);
  expect(finding?.what).toContain(what);
  expect(finding?.advice).toContain(advice);
});

it.each(["missing", "forbidden", "throttled", "unreachable", "gone"])(
  "says what to do while it is %s",
  (reason) => {
    const [finding, ...others] = found({ breaker: open(reason), backlog: 9, oldestUnackedAgeSeconds: 9_999 });
    expect(others).toEqual([]);
    expect(finding?.what).toBe(`it sleeps until u: its target is ${reason} (it said no); 9 messages wait`);
    expect(finding?.advice).toContain("sluice subscriptions wake orders mail");
  },
);

it.each([
  [
    "it is disabled",
    { breaker: { state: "disabled" } },
    {},
    "wrong",
    "sluice subscriptions wake orders mail",
  ],
  ["it is paused", {}, { paused: true }, "note", "sluice subscriptions resume orders mail"],
  ["no consumer comes", {}, { target: PULL }, "wrong", "no consumer receives"],
  ["consumers settle too late", { inFlight: 5 }, { target: PULL }, "wrong", "sluice stuck orders mail"],
  ["deliveries fail", { retrying: 1 }, {}, "wrong", "sluice stuck orders mail says why"],
  ["the target is slow", { inFlight: 5 }, {}, "wrong", "raise maxConcurrency"],
  ["nothing delivers", {}, {}, "wrong", "the alarms of the dispatcher"],
] as const)("says why messages wait for long: %s", (_, state, options, level, advice) => {
  const [finding, ...others] = found({ backlog: 3, oldestUnackedAgeSeconds: 7_300, ...state }, options);
  expect(others).toEqual([]);
  expect([finding?.level, finding?.advice]).toEqual([level, expect.stringContaining(advice)]);
});

it("tells how old the oldest one is", () => {
  const [finding] = found({ backlog: 1, oldestUnackedAgeSeconds: 7_300 });
  expect(finding?.what).toBe("its oldest message has waited for 2 hours; 1 message waits, 0 in flight");
});

it("leaves a paused topic to what is said of the topic", () => {
  const topic = { ...TOPIC, paused: "all" } as Topic;
  expect(found({ backlog: 1, oldestUnackedAgeSeconds: 7_300 }, { topic })).toEqual([]);
});
