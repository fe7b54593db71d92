import { SUBSCRIPTION_DEFAULTS, subscriptionKey } from "../../lib/domain/subscription.js";
import { aSubscription, aSubscriptionRef } from "../contract/builders.js";

it("a subscription of which nothing is said is pulled, 30 s at a time, and runs", () => {
  expect(SUBSCRIPTION_DEFAULTS).toEqual({
    target: { type: "pull" },
    ackDeadlineSeconds: 30,
    retry: {
      maxAttempts: 16,
      minBackoffSeconds: 1,
      maxBackoffSeconds: 3_600,
      jitter: "full",
      scheduleSeconds: [],
    },
    deadLetter: { retentionSeconds: 14 * 86_400 },
    batch: { maxMessages: 10, maxBytes: 256 * 1_024, windowSeconds: 0 },
    maxConcurrency: 10,
    rateLimitPerSecond: 0,
    paused: false,
  });
});

describe("the key of a subscription", () => {
  it("is that of its reference", () => {
    const subscription = aSubscription();
    const { topic, name, uid } = subscription;
    expect(subscriptionKey(subscription)).toBe(`${topic.name}#${topic.uid}#${name}#${uid}`);
  });

  it("is another for another life of it, or of its topic", () => {
    const ref = aSubscriptionRef();
    const others = [ref, { ...ref, uid: "x" }, { ...ref, topic: { ...ref.topic, uid: "x" } }];
    expect(new Set(others.map(subscriptionKey)).size).toBe(3);
  });
});
