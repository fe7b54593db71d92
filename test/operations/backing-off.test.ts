import { SUBSCRIPTION_DEFAULTS } from "../../lib/domain/subscription.js";
import {
  backingOffNow,
  dueAfterAttempt,
  dueAfterFailureNow,
  dueByAttempt,
} from "../../lib/operations/backing-off.js";

it("takes the time and chance from the process's ports", () => {
  const random = { below: (below: number) => below - 1, nonce: () => "" };
  const clock = { nowMs: () => 42 } as Parameters<typeof backingOffNow>[0]["clock"];
  const { nowMs, below } = backingOffNow({ clock, random });
  expect([nowMs, below(10)]).toEqual([42, 9]);
});

it("GIVEN a schedule WHEN a message fails THEN it is due by this process's clock", () => {
  const random = { below: () => 0, nonce: () => "" };
  const clock = { nowMs: () => 42 } as Parameters<typeof backingOffNow>[0]["clock"];
  const retry = { ...SUBSCRIPTION_DEFAULTS.retry, scheduleSeconds: [5, 60] };
  const dueMs = dueAfterFailureNow({ clock, random }, { retry });
  expect([dueMs(1), dueMs(2)]).toEqual([5_042, 60_042]);
});

it("GIVEN two attempts WHEN a message has failed twice THEN it is due now, and another one later", () => {
  const random = { below: () => 0, nonce: () => "" };
  const clock = { nowMs: () => 42 } as Parameters<typeof backingOffNow>[0]["clock"];
  const retry = { ...SUBSCRIPTION_DEFAULTS.retry, maxAttempts: 2, scheduleSeconds: [5, 60] };
  const dueMs = dueAfterAttempt({ clock, random }, { retry }, 2);
  expect([dueMs({ charged: 2 }), dueMs({ charged: 1 }), dueMs({})]).toEqual([42, 60_042, 60_042]);
});

it("GIVEN jitter WHEN several fail at one attempt THEN they are due together, by the wait of that attempt", () => {
  let drawn = 0;
  const random = { below: () => drawn++, nonce: () => "" };
  const clock = { nowMs: () => 42 } as Parameters<typeof backingOffNow>[0]["clock"];
  const retry = { ...SUBSCRIPTION_DEFAULTS.retry, minBackoffSeconds: 1 };
  const dueMs = dueByAttempt({ clock, random }, { retry }, 1);
  const [first, third] = [dueMs(1)({}), dueMs(3)({})];
  expect([dueMs(1)({}), dueMs(3)({}), third - first]).toEqual([first, third, 1]);
});
