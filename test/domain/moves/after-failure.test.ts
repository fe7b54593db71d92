import {
  LEAST_RETRY_DELAY_MS,
  afterFailure,
  dueAfterFailure,
} from "../../../lib/domain/moves/after-failure.js";
import { SUBSCRIPTION_DEFAULTS } from "../../../lib/domain/subscription.js";

const NOW_MS = 1_790_000_000_000;
const settings = { retry: { ...SUBSCRIPTION_DEFAULTS.retry, scheduleSeconds: [5, 60] } };
const making = { nowMs: NOW_MS, below: () => 0 };

it.each([
  ["that failed waits as its subscription says", { kind: "failed", attempt: 1 }, NOW_MS + 5_000],
  ["that failed again waits for longer", { kind: "failed", attempt: 2 }, NOW_MS + 60_000],
  [
    "that was handed back waits as long as it was asked to",
    { kind: "handed-back", delayMs: 7_000 },
    NOW_MS + 7_000,
  ],
  [
    "that was handed back at once waits for the least delay",
    { kind: "handed-back", delayMs: 0 },
    NOW_MS + LEAST_RETRY_DELAY_MS,
  ],
] as const)("a message %s", (_, failure, dueMs) => {
  expect(afterFailure(failure, settings, making)).toEqual({ kind: "retry", dueMs });
});

it("messages of one delivery that failed at the same attempt are due together", () => {
  const { retry } = SUBSCRIPTION_DEFAULTS;
  let drawn = 0;
  const dueMs = dueAfterFailure({ retry }, { nowMs: NOW_MS, below: () => ++drawn });
  expect([dueMs(3), dueMs(4), dueMs(3), dueMs(4)]).toEqual(
    [1_001, 1_002, 1_001, 1_002].map((wait) => NOW_MS + wait),
  );
});
