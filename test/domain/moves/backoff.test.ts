import { waitMs } from "../../../lib/domain/moves/backoff.js";
import { type RetrySettings, SUBSCRIPTION_DEFAULTS } from "../../../lib/domain/subscription.js";

const shortest = () => 0;
const longest = (below: number) => below - 1;
const settings = (more: Partial<RetrySettings> = {}): RetrySettings => ({
  ...SUBSCRIPTION_DEFAULTS.retry,
  ...more,
});
const waits = (retry: RetrySettings, attempts: readonly number[], below = longest) =>
  attempts.map((attempt) => waitMs(retry, attempt, below) / 1_000);

it("GIVEN no settings THEN the bound begins with a second, doubles, and ends at an hour", () => {
  expect(waits(settings(), [1, 2, 3, 4, 12, 13, 1_000])).toEqual([1, 2, 4, 8, 2_048, 3_600, 3_600]);
});

it("GIVEN full jitter THEN a wait is never below the least, and may be so short at any attempt", () => {
  const retry = settings({ minBackoffSeconds: 10, maxBackoffSeconds: 100 });
  expect(waits(retry, [1, 2, 9], shortest)).toEqual([10, 10, 10]);
  expect(waits(retry, [1, 2, 9])).toEqual([10, 20, 100]);
});

it("GIVEN no jitter THEN a wait is the bound", () => {
  expect(waits(settings({ jitter: "none" }), [1, 2, 3], shortest)).toEqual([1, 2, 4]);
});

it("GIVEN a schedule THEN it is kept to the second, and its last wait repeats", () => {
  const retry = settings({ scheduleSeconds: [5, 60, 30] });
  expect(waits(retry, [1, 2, 3, 4, 99], shortest)).toEqual([5, 60, 30, 30, 30]);
});

it("GIVEN an attempt that was never counted THEN it waits as the first does", () => {
  expect(waits(settings({ minBackoffSeconds: 3 }), [0], shortest)).toEqual([3]);
});
