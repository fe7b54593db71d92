import { SUBSCRIPTION_DEFAULTS, subscriptionKey } from "../../lib/domain/subscription.js";
import { aSubscription, aSubscriptionRef } from "../contract/builders.js";
import { LANE_WIDTH, laneConcurrency, laneCount } from "../../lib/domain/lane.js";

const everyConcurrency = Array.from({ length: 1_000 }, (_, at) => at + 1);
const sharesOf = (maxConcurrency: number): number[] =>
  Array.from({ length: laneCount(maxConcurrency) }, (_, lane) => laneConcurrency(maxConcurrency, lane));

it("a subscription of which nothing is said is pulled, 30 s at a time, and runs", () => {
  expect(SUBSCRIPTION_DEFAULTS).toEqual({
    target: { type: "pull" },
    ackDeadlineSeconds: 30,
    batch: { maxMessages: 10, maxBytes: 256 * 1_024 },
    maxConcurrency: 10,
    paused: false,
  });
});

describe("the lanes of a subscription", () => {
  it.each([
    [1, 1],
    [10, 1],
    [32, 1],
    [33, 2],
    [64, 2],
    [65, 3],
    [1_000, 32],
  ])("at a concurrency of %i are %i", (maxConcurrency, lanes) => {
    expect(laneCount(maxConcurrency)).toBe(lanes);
  });

  it("have shares that add up to what is allowed, never more, for every concurrency", () => {
    for (const maxConcurrency of everyConcurrency)
      expect(sharesOf(maxConcurrency).reduce((sum, share) => sum + share, 0)).toBe(maxConcurrency);
  });

  it("have a share each that one pump can await, and that differs by one at the most", () => {
    for (const maxConcurrency of everyConcurrency) {
      const shares = sharesOf(maxConcurrency);
      expect(Math.min(...shares)).toBeGreaterThanOrEqual(1);
      expect(Math.max(...shares)).toBeLessThanOrEqual(LANE_WIDTH);
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
    }
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
