import type { Handed } from "../../domain/handed.js";
import type { MessageAttempt } from "../../domain/journal.js";
import type { Delivered, FailedMessage } from "./delivered.js";

interface Sent {
  readonly batch: { readonly handed: readonly Handed[] };
  readonly startedAtMs: number;
}

/**
 * What the journal is told of a delivery. What its target never took, or what was held up behind a failure of its key,
 * was no attempt.
 */
export const attemptsOf = (
  { batch: { handed }, startedAtMs }: Sent,
  delivered: Delivered,
  endedAtMs: number,
): readonly MessageAttempt[] =>
  handed.flatMap(({ partition, offset, attempt }): readonly MessageAttempt[] => {
    const failure = delivered.get(offset);
    if (failure && isNoAttempt(failure)) return [];
    const times = { startedAtMs, endedAtMs: Math.max(startedAtMs, endedAtMs) };
    const placed = { partition, offset, attempt, ...times };
    if (!failure) return [{ ...placed, outcome: "done" }];
    return [{ ...placed, outcome: failure.isRejected ? "rejected" : "failed", error: failure.error }];
  });

const isNoAttempt = ({ blame, isRejected }: FailedMessage): boolean =>
  blame === "returned" || (blame === "spared" && !isRejected);
