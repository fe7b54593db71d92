import { SUBSCRIPTION_DEFAULTS } from "../../../lib/domain/subscription.js";
import { checkRate } from "../../../lib/operations/manage/check-rate.js";

const LANE_WIDTH = 32;
const target = {
  type: "lambda",
  functionArn: "arn:aws:lambda:eu-central-1:123456789012:function:ship",
} as const;
const push = { ...SUBSCRIPTION_DEFAULTS, target, rateLimitPerSecond: 5 };
const check =
  (settings: typeof SUBSCRIPTION_DEFAULTS, ordering: "none" | "key" = "none") =>
  () =>
    checkRate({ ordering }, settings, LANE_WIDTH);

it("takes a rate limit where one pump is wide enough", () => {
  expect(check({ ...push, maxConcurrency: LANE_WIDTH })).not.toThrow();
  expect(check({ ...push, maxConcurrency: 1_000 }, "key")).not.toThrow();
  expect(check({ ...push, rateLimitPerSecond: 0, maxConcurrency: 1_000 })).not.toThrow();
});

it("refuses it on a pull subscription, and where it would need two pumps", () => {
  const refused = (path: string) => expect.objectContaining({ errors: [expect.objectContaining({ path })] });
  expect(check({ ...push, target: { type: "pull" } })).toThrow(refused("rateLimitPerSecond"));
  expect(check({ ...push, maxConcurrency: LANE_WIDTH + 1 })).toThrow(refused("maxConcurrency"));
});
