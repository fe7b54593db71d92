import { LEAST_RETRY_DELAY_MS, afterFailure } from "../../../lib/domain/moves/after-failure.js";

const NOW_MS = 1_790_000_000_000;
const settings = { ackDeadlineSeconds: 30 };

it.each([
  ["that was pushed waits for the ack deadline", { kind: "delivery-failed" }, NOW_MS + 30_000],
  [
    "that was handed back waits as long as it was asked to",
    { kind: "handed-back", delayMs: 5_000 },
    NOW_MS + 5_000,
  ],
  [
    "that was handed back at once waits for the least delay",
    { kind: "handed-back", delayMs: 0 },
    NOW_MS + 1_000,
  ],
] as const)("a message %s", (_, failure, dueMs) => {
  expect(afterFailure(failure, settings, NOW_MS)).toEqual({ kind: "retry", dueMs });
});

it("never waits for less than a second", () => {
  expect(LEAST_RETRY_DELAY_MS).toBe(1_000);
  const now = afterFailure({ kind: "delivery-failed" }, { ackDeadlineSeconds: 0 }, NOW_MS);
  expect(now.dueMs).toBe(NOW_MS + LEAST_RETRY_DELAY_MS);
});
