import type { FailedEntry, RunEntry } from "../../domain/moves/commit.js";
import type { Refusal } from "../../domain/breaker.js";
import { type Blame, blamed } from "../../domain/progress/blame.js";
import type { Failure } from "../../domain/progress/failures.js";
import { shortened } from "../../domain/progress/shortened.js";
import type { Offset } from "../../domain/slot.js";

/** Why a message has to be handed out again. */
export interface FailedMessage {
  readonly blame: Blame;
  readonly error: string;
  /** It becomes a dead letter instead. */
  readonly isRejected?: true;
}

/** What has to be handed out again after a delivery. */
export type Delivered = ReadonlyMap<Offset, FailedMessage>;

/** How a delivery went, with its target as a whole. */
export interface Delivery {
  readonly delivered: Delivered;
  /** Set if the target took nothing of some of it. */
  readonly refusal?: Refusal;
}

/** Whether the target took nothing of it at all. */
export const isUntaken = (entries: readonly unknown[], delivered: Delivered): boolean =>
  delivered.size === entries.length && [...delivered.values()].every(({ blame }) => blame === "returned");

/**
 * The same outcome for another lease of the messages: they failed once, and are charged once. One that was rejected
 * comes again: an operator may have sent it again since.
 */
export const withoutBlame = (delivered: Delivered): Delivered =>
  new Map(
    [...delivered].map(([offset, { blame, error }]) => [
      offset,
      { blame: blame === "returned" ? "returned" : "spared", error },
    ]),
  );

/** The messages that failed at their first known attempt, with what is kept of that. */
export const failedEntries = (
  entries: readonly RunEntry[],
  delivered: Delivered,
  { atMs, attempt }: Pick<Failure, "atMs" | "attempt">,
): readonly FailedEntry[] =>
  entries.flatMap((entry): readonly FailedEntry[] => {
    const failure = delivered.get(entry.offset);
    if (!failure) return [];
    const { blame, error, isRejected } = failure;
    if (blame === "returned") return [{ ...entry, isReturned: true }];
    const rejected = isRejected ? { isRejected } : {};
    const kind = isRejected ? "rejected" : "failed";
    const past = blamed({}, blame, { kind, atMs, attempt, error });
    return [{ ...entry, ...past, lastError: shortened(error), ...rejected }];
  });
