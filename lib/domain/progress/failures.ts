import { shortened } from "./shortened.js";

/**
 * How an attempt ended. `failed`: its handler failed, or its consumer sent it back. `rejected`: its consumer said that
 * no other attempt will do. `expired`: its lease ran out without a word. Two are no attempts: `dead-lettered` was a
 * dead letter, and was sent again; `replayed` was done before, and comes again by a replay, which its error names.
 */
export const FAILURE_KINDS = ["failed", "rejected", "expired", "dead-lettered", "replayed"] as const;
export type FailureKind = (typeof FAILURE_KINDS)[number];

/** An attempt of a message that failed. */
export interface Failure {
  /** Epoch milliseconds. It may be rounded down, if a record holds many. */
  readonly atMs: number;
  /** Which attempt it was. */
  readonly attempt: number;
  readonly kind: FailureKind;
  /** So many messages failed together, and it was charged to none of them. Otherwise it was charged to this one. */
  readonly among?: number;
  readonly error?: string;
}

/** The most that are kept of one message: the last ones. */
export const FAILURES_KEPT = 10;
/** The most of each error text. The last one is also kept longer, as the message's last error. */
export const FAILURE_ERROR_BYTES = 256;

const ORIGINS: ReadonlySet<FailureKind> = new Set<FailureKind>(["dead-lettered", "replayed"]);

/** The failures of a message after one more. No clock has them go back in time. */
export function withFailure(past: readonly Failure[] = [], { error, ...next }: Failure): readonly Failure[] {
  const atMs = Math.max(next.atMs, past.at(-1)?.atMs ?? 0);
  const why = error === undefined ? {} : { error: shortened(error, FAILURE_ERROR_BYTES) };
  return lastOf([...past, { ...next, atMs, ...why }], FAILURES_KEPT);
}

/** The last `count`. Where the message comes from is kept before any other: that it was a dead letter, or replayed. */
export function lastOf(failures: readonly Failure[], count: number): readonly Failure[] {
  if (failures.length <= count) return failures;
  const origin = failures.filter(({ kind }) => ORIGINS.has(kind)).at(-1);
  const last = failures.slice(-count);
  return origin === undefined || last.includes(origin) ? last : [origin, ...last.slice(1)];
}

/** Whether two messages failed in the same way at the same times. */
export const areSameFailures = (
  one: readonly Failure[] | undefined,
  other: readonly Failure[] | undefined,
): boolean =>
  one === other ||
  (one !== undefined &&
    other !== undefined &&
    one.length === other.length &&
    one.every((failure, at) => isSame(failure, other[at] as Failure)));

const isSame = (one: Failure, other: Failure): boolean =>
  one.atMs === other.atMs &&
  one.attempt === other.attempt &&
  one.kind === other.kind &&
  one.among === other.among &&
  one.error === other.error;
