import {
  LANE_WIDTH,
  isPushable,
  laneConcurrency,
  laneCount,
  laneName,
  servedBy,
  stragglersIn,
  stragglersText,
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

it.each([
  [1, [1]],
  [LANE_WIDTH, [LANE_WIDTH]],
  [LANE_WIDTH + 1, [17, 16]],
  [100, [25, 25, 25, 25]],
])("divides a concurrency of %i among its lanes", (maxConcurrency, shares) => {
  expect(laneCount(maxConcurrency)).toBe(shares.length);
  expect(shares.map((_, lane) => laneConcurrency(maxConcurrency, lane))).toEqual(shares);
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

describe("a lane", () => {
  const served = (reader: Reader, lane: number) => [0, 1, 2, 3].filter(servedBy(reader, lane));

  it("serves every partition without ordering, and its share of them with ordering", () => {
    const wide = { maxConcurrency: LANE_WIDTH + 1 };
    expect(served(aReader({}, wide), 1)).toEqual([0, 1, 2, 3]);
    expect(served(aReader({ ordering: "key" }, wide), 0)).toEqual([0, 2]);
    expect(served(aReader({ ordering: "key" }, wide), 1)).toEqual([1, 3]);
  });

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
    expect(stragglersIn(stragglersText(stragglers))).toEqual(stragglers);
  });

  it.each([undefined, "", "{}", "nothing", '[1,null,{"leaseId":"a"},{"untilMs":1}]'])(
    "is nothing in %p",
    (text) => {
      expect(stragglersIn(text)).toEqual([]);
    },
  );
});
