import {
  hasLapsedHold,
  holdsFor,
  isBehindHold,
  isHeldInFront,
  isHold,
  lapsedHolds,
} from "../../../lib/domain/progress/holds.js";
import { NOW_MS, aLease, aRetry, aSpan } from "../../contract/builders.js";

const hold = (from: number, heldUntilMs: number, keyAt?: number) =>
  aSpan(from, from + 1, { heldUntilMs, ...(keyAt === undefined ? {} : { keyAt }) });

it("tells what stands for a dead letter from a message", () => {
  const record = aRetry({ spans: [hold(3, NOW_MS + 1), aSpan(4, 6)] });
  expect(record.spans.map(isHold)).toEqual([true, false]);
  expect([3, 4, 7].map((offset) => holdsFor(record, offset))).toEqual([true, false, false]);
  expect(isHeldInFront(record)).toBe(true);
  expect(isHeldInFront({ ...record, done: [3] })).toBe(false);
});

it("finds those whose dead letter has expired, as soon as it has", () => {
  const record = aRetry({ spans: [hold(3, NOW_MS), aSpan(4, 6), hold(6, NOW_MS + 1)] });
  expect(hasLapsedHold(record, NOW_MS - 1)).toBe(false);
  expect(hasLapsedHold(record, NOW_MS)).toBe(true);
  expect([...lapsedHolds(record, NOW_MS)]).toEqual([3]);
  expect([...lapsedHolds(record, NOW_MS + 1)]).toEqual([3, 6]);
});

it("has later messages of the same key wait, and no earlier ones or other keys", () => {
  const record = aLease({
    spans: [aSpan(2, 3), hold(3, NOW_MS + 1, 1), aSpan(4, 5), aSpan(5, 6, { keyAt: 1 })],
  });
  expect(record.spans.map((span) => isBehindHold(record, span))).toEqual([false, false, false, true]);
  expect(isBehindHold(record, { from: 2, keyAt: 1 })).toBe(false);
});
