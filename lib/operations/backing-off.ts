import { dueAfterFailure, isOver } from "../domain/moves/after-failure.js";
import type { BackingOff } from "../domain/moves/backoff.js";
import type { Subscription } from "../domain/subscription.js";
import type { Engine } from "./engine.js";

/** What a decision on a failed message needs of this process, now. */
export const backingOffNow = ({ clock, random }: Pick<Engine, "clock" | "random">): BackingOff => ({
  nowMs: clock.nowMs(),
  below: (below) => random.below(below),
});

/** When messages that fail now are due again, by their attempt. */
export const dueAfterFailureNow = (
  engine: Pick<Engine, "clock" | "random">,
  subscription: Pick<Subscription, "retry">,
): ((attempt: number) => number) => dueAfterFailure(subscription, backingOffNow(engine));

/** When a message that failed at this attempt is due again; one that has no attempt left is due now, to be buried. */
export function dueAfterAttempt(
  engine: Pick<Engine, "clock" | "random">,
  subscription: Pick<Subscription, "retry">,
  attempt: number,
): (failed: Parameters<typeof isOver>[0]) => number {
  const nowMs = engine.clock.nowMs();
  const dueMs = dueAfterFailureNow(engine, subscription)(attempt);
  return (failed) => (isOver(failed, subscription) ? nowMs : dueMs);
}

/** The same by attempt: what fails together at one attempt is due together. `usual`: the attempt of most. */
export function dueByAttempt(
  engine: Pick<Engine, "clock" | "random">,
  subscription: Pick<Subscription, "retry">,
  usual: number,
): (attempt: number) => ReturnType<typeof dueAfterAttempt> {
  const known = new Map([[usual, dueAfterAttempt(engine, subscription, usual)]]);
  return (attempt) => {
    const dueMs = known.get(attempt) ?? dueAfterAttempt(engine, subscription, attempt);
    known.set(attempt, dueMs);
    return dueMs;
  };
}
