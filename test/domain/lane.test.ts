import {
  isPushable,
  laneConcurrency,
  laneCount,
  laneName,
  lanesBehind,
  narrowedBy,
  stragglersIn,
} from "../../lib/domain/lane.js";
import type { Reader } from "../../lib/domain/reader.js";
import { SUBSCRIPTION_DEFAULTS, type Subscription } from "../../lib/domain/subscription.js";
import { TOPIC_DEFAULTS, type Topic } from "../../lib/domain/topic.js";

const TIMES = { createdAtMs: 0, updatedAtMs: 0, version: 1 };
const FUNCTION = {
  type: "lambda",
  functionArn: "arn:aws:lambda:eu-central-1:123456789012:function:f",
} as const;

function aReader(topic: Partial<Topic> = {}, subscription: Partial<Subscription> = {}): Reader {
  const orders = { ...TOPIC_DEFAULTS, ...TIMES, name: "orders", uid: "t1", ...topic };
  const ship = { ...SUBSCRIPTION_DEFAULTS, ...TIMES, topic: orders, name: "ship", uid: "s1", epoch: 0 };
  return { topic: orders, subscription: { ...ship, startingPlaces: {}, target: FUNCTION, ...subscription } };
}

const WIDTH = 32;

describe("the lanes of a subscription", () => {
  const sharesOf = (reader: Reader): number[] =>
    Array.from({ length: laneCount(reader, WIDTH) }, (_, lane) => laneConcurrency(reader, lane, WIDTH));

  it.each([
    [1, [1]],
    [32, [32]],
    [33, [32, 1]],
    [64, [32, 32]],
    [100, [32, 32, 32, 4]],
  ])("divide a concurrency of %i", (maxConcurrency, shares) => {
    expect(sharesOf(aReader({}, { maxConcurrency }))).toEqual(shares);
  });

  it.each([1, 33, 1_000])(
    "with ordering are one, no wider than any, at a concurrency of %i",
    (maxConcurrency) => {
      const reader = aReader({ ordering: "key" }, { maxConcurrency });
      expect(sharesOf(reader)).toEqual([Math.min(WIDTH, maxConcurrency)]);
      expect(laneConcurrency(reader, 1, WIDTH)).toBe(0);
    },
  );

  it("have shares that add up to what is allowed, each no more than one pump can await", () => {
    for (let maxConcurrency = 1; maxConcurrency <= 1_000; maxConcurrency++) {
      const shares = sharesOf(aReader({}, { maxConcurrency }));
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(maxConcurrency);
      expect(Math.min(...shares)).toBeGreaterThanOrEqual(1);
      expect(Math.max(...shares)).toBeLessThanOrEqual(WIDTH);
    }
  });

  it("together are never wider than the larger of two settings, while some go by one and some by the other", () => {
    for (const [one, other] of [
      [10, 40],
      [40, 10],
      [40, 90],
      [90, 40],
      [33, 32],
    ]) {
      const [before, after] = [one, other].map((maxConcurrency) =>
        aReader({}, { maxConcurrency: maxConcurrency ?? 0 }),
      );
      for (let lane = 0; lane < 3; lane++) {
        const widths = [before, after].map((reader) => laneConcurrency(reader as Reader, lane, WIDTH));
        expect(Math.max(...widths)).toBe(widths[(one ?? 0) > (other ?? 0) ? 0 : 1]);
      }
    }
  });
});

it("names each lane of each life of a subscription apart", () => {
  const { subscription } = aReader();
  const names = [
    laneName({ subscription, lane: 0 }),
    laneName({ subscription, lane: 1 }),
    laneName({ subscription: { ...subscription, uid: "s2" }, lane: 0 }),
  ];
  expect(new Set(names).size).toBe(3);
});

describe("a subscription", () => {
  it("is pushed to unless it is pulled from, paused, or its topic's delivery is", () => {
    expect(isPushable(aReader())).toBe(true);
    expect(isPushable(aReader({ paused: "publish" }))).toBe(true);
    expect(isPushable(aReader({ paused: "delivery" }))).toBe(false);
    expect(isPushable(aReader({}, { paused: true }))).toBe(false);
    expect(isPushable(aReader({}, { target: { type: "pull" } }))).toBe(false);
  });
});

describe("what a pump leaves for the next one", () => {
  it("reads as it was written", () => {
    const stragglers = [{ leaseId: "0001-a", untilMs: 7 }];
    expect(stragglersIn(JSON.stringify(stragglers))).toEqual(stragglers);
  });

  it.each([undefined, "", "{}", "nothing", '[1,null,{"leaseId":"a"},{"untilMs":1}]'])(
    "is nothing in %p",
    (text) => {
      expect(stragglersIn(text)).toEqual([]);
    },
  );
});

describe("a subscription that is narrowed", () => {
  const NOW_MS = 1_000_000_000;
  const at = (nowMs = NOW_MS) => ({ laneWidth: WIDTH, nowMs });
  const from = (maxConcurrency: number, fields: Partial<Subscription> = {}): Reader =>
    aReader({}, { maxConcurrency, ...fields });

  it.each([
    ["to fewer lanes", 40, 10, { from: 40, atMs: NOW_MS }],
    ["to fewer, though several", 100, 40, { from: 100, atMs: NOW_MS }],
    ["within its lanes", 60, 40, undefined],
    ["to more", 10, 40, undefined],
  ])("%s remembers it if lanes end by it", (_, before, to, narrowed) => {
    expect(narrowedBy(from(before), to, at())).toEqual(narrowed);
  });

  it("again within twenty minutes remembers the widest", () => {
    const narrowed = { from: 100, atMs: NOW_MS };
    expect(narrowedBy(from(40, { narrowed }), 10, at(NOW_MS + 1))).toEqual({ from: 100, atMs: NOW_MS + 1 });
    expect(narrowedBy(from(40, { narrowed }), 10, at(NOW_MS + 1_200_000))).toMatchObject({ from: 40 });
    expect(narrowedBy(from(10, { narrowed }), 5, at(NOW_MS + 1))).toEqual(narrowed);
  });

  it.each([
    ["as long as handlers may run", 10, {}, 1_199_999, [1, 2, 3]],
    ["by a clock that is behind, too", 10, {}, -60_000, [1, 2, 3]],
    ["no longer", 10, {}, 1_200_000, []],
    ["not where it has several lanes again", 40, {}, 0, []],
    ["not with ordering", 10, { ordering: "key" }, 0, []],
  ] as const)("has lanes behind its only one %s", (_, maxConcurrency, topic, afterMs, lanes) => {
    const narrowed = { from: 100, atMs: NOW_MS };
    const reader = aReader(topic, { maxConcurrency, narrowed });
    expect(lanesBehind(reader, 0, at(NOW_MS + afterMs))).toEqual(lanes);
    expect(lanesBehind(reader, 1, at(NOW_MS + afterMs))).toEqual([]);
  });
});
