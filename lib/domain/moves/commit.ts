import { invariant } from "../invariant.js";
import type { Place } from "../place.js";
import {
  type Cursor,
  type Lease,
  MOVE_ITEMS_LIMIT,
  type Move,
  type Retry,
  type SetAside,
  dueId,
} from "../progress/records.js";
import { withExpiriesThatFit } from "../progress/expiries.js";
import { withPastThatFits } from "../progress/past.js";
import type { Span } from "../progress/spans.js";
import type { Offset } from "../slot.js";

/** A message of a run: its place, and when it was published. */
export interface RunEntry {
  readonly offset: Offset;
  readonly slotBase: Offset;
  readonly publishedAtMs: number;
  /** The message's own expiry, set by its publisher. */
  readonly expiresAtMs?: number;
}

/** A message of a run that failed, with what is kept of that. `isReturned`: its consumer never took it. */
export type FailedEntry = RunEntry &
  Pick<Span, "charged" | "together" | "lastError" | "failures" | "isRejected"> & {
    readonly isReturned?: true;
  };

/** The messages of one delivery. Its owner sets `failed` once the handler has answered. */
export interface Run {
  readonly entries: readonly RunEntry[];
  /** Which attempt its handler was told: owners that died may have handed them out before. */
  readonly attempt: number;
  readonly handedOutAtMs: number;
  /** The messages that failed; undefined while the handler is running, and where it never took them. */
  readonly failed: readonly FailedEntry[] | undefined;
  /** Whether the target took nothing of it: it waits to be delivered again, as if it had never been handed out. */
  readonly isBack?: boolean;
}

/** A run ahead of an owned head: a stretch of the log without a gap. */
export interface RunAhead extends Run {
  /** Where the head is after it. */
  readonly next: Place;
  /** Slots in it that cannot be read. */
  readonly setAside: readonly SetAside[];
  /** Messages in it that expired before they could be handed out. */
  readonly expired: number;
}

/** When a message that failed is due again: for another attempt, or to become a dead letter. */
export type RetryDue = (failed: FailedEntry) => number;

/** One write of an owner: moves the head, and keeps what has to be kept of the messages that it passes. */
export interface Commit<R extends RunAhead = RunAhead> {
  readonly move: Move;
  readonly next: Cursor;
  /** The runs that the head passes, in order. */
  readonly runs: readonly R[];
  /** The leases of passed runs whose handlers are still running. */
  readonly leases: ReadonlyMap<R, Lease>;
}

export interface CommitRequest<R extends RunAhead> {
  readonly partition: number;
  readonly cursor: Cursor;
  /** From the head on, without a gap. */
  readonly runs: readonly R[];
  readonly retryDueMs: (attempt: number) => RetryDue;
  /** Set if the head must pass running handlers: the deadline of their leases. */
  readonly leaseUntilMs?: number;
  /** Returns a fresh name for each record. */
  readonly nonce: () => string;
}

/**
 * Moves the head of an owned partition past the finished runs at its front, and with `leaseUntilMs` past running ones
 * too; as many as fit into one write. undefined if there is nothing to pass.
 */
export function commit<R extends RunAhead>(request: CommitRequest<R>): Commit<R> | undefined {
  const { partition, cursor } = request;
  const { runs, leases, put } = recordsOf(request, passable(request));
  const last = runs.at(-1);
  if (!last) return undefined;
  invariant(last.next.head > cursor.head, "a head moves forward");
  const next: Cursor = { ...last.next, epoch: cursor.epoch, version: cursor.version + 1 };
  const setAside = runs.flatMap((run) => run.setAside);
  const expired = runs.reduce((sum, run) => sum + run.expired, 0);
  const counted = expired > 0 ? { expired } : {};
  return { move: { cursor: { partition, next }, put, setAside, ...counted }, next, runs, leases };
}

/** What is back at the end stays ahead of the head: no record is needed for it. */
function passable<R extends RunAhead>({ runs, leaseUntilMs }: CommitRequest<R>): readonly R[] {
  if (leaseUntilMs !== undefined) {
    let end = runs.length;
    while (runs[end - 1]?.isBack) end--;
    return runs.slice(0, end);
  }
  const atWork = runs.findIndex(({ failed }) => failed === undefined);
  return atWork < 0 ? runs : runs.slice(0, atWork);
}

/** The records that the runs leave, as many as fit into one write. The first run always fits. */
function recordsOf<R extends RunAhead>(request: CommitRequest<R>, passable: readonly R[]) {
  const runs: R[] = [];
  const leases = new Map<R, Lease>();
  const put: (Lease | Retry)[] = [];
  // The cursor and the count of expired messages are items too.
  let items = 2;
  for (const run of passable) {
    const record = recordOf({ ...request, epoch: request.cursor.epoch }, run);
    items += (record ? 1 : 0) + run.setAside.length;
    if (items > MOVE_ITEMS_LIMIT && runs.length > 0) break;
    runs.push(run);
    if (record) put.push(record);
    if (record?.kind === "lease") leases.set(run, record);
  }
  return { runs, leases, put };
}

/** What a run becomes once it needs a record of its own. */
export interface Recording {
  readonly partition: number;
  readonly epoch: number;
  /** When a message that failed at this attempt is due again. */
  readonly retryDueMs: (attempt: number) => RetryDue;
  readonly leaseUntilMs?: number;
  readonly nonce: () => string;
}

/**
 * A lease if the handler is running, a retry for messages that failed or were never taken, nothing if all are done.
 */
export function recordOf(request: Recording, run: Run): Lease | Retry | undefined {
  const { failed, handedOutAtMs, isBack = false } = run;
  const { partition, epoch, retryDueMs, leaseUntilMs, nonce } = request;
  const failedDueMs = failed && retryDueMs(run.attempt);
  const dueOf = (entry: FailedEntry): number => {
    if (failedDueMs) return failedDueMs(entry);
    if (isBack) return handedOutAtMs;
    invariant(leaseUntilMs !== undefined, "a running delivery gets a lease");
    return leaseUntilMs;
  };
  const unanswered: readonly FailedEntry[] = isBack ? run.entries.map(asReturned) : run.entries;
  const entries = failed ?? unanswered;
  if (entries.length === 0) return undefined;
  const left = entries.map((entry) => ({ entry, dueMs: dueOf(entry) }));
  const dueMs = Math.min(...left.map((one) => one.dueMs));
  const spans = left.map(({ entry: { offset, isReturned, ...rest }, dueMs: own }) => {
    const attempt = run.attempt - (isReturned ? 1 : 0);
    const first = attempt > 0 ? { firstReceivedAtMs: handedOutAtMs } : {};
    const due = own > dueMs ? { dueMs: own } : {};
    return { from: offset, to: offset + 1, attempt, ...first, ...rest, ...due };
  });
  return {
    kind: failed || isBack ? "retry" : "lease",
    id: dueId(dueMs, nonce()),
    partition,
    epoch,
    spans: withPastThatFits(withExpiriesThatFit(spans)),
    done: [],
    version: 1,
    dueMs,
  };
}

const asReturned = (entry: RunEntry): FailedEntry => ({ ...entry, isReturned: true });
