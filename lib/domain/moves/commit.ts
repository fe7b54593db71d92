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
import { type Span, joinSpans } from "../progress/spans.js";
import type { Offset } from "../slot.js";

/** A message of a run: where it lies, and since when. */
export interface RunEntry {
  readonly offset: Offset;
  readonly slotBase: Offset;
  readonly publishedAtMs: number;
}

/** A stretch of the log that one delivery covers. Its owner changes `failed` once its handler has answered. */
export interface Run {
  readonly entries: readonly RunEntry[];
  /** Where the head goes on behind it. */
  readonly next: Place;
  /** Slots in it that cannot be read. */
  readonly setAside: readonly SetAside[];
  /** Messages in it that had expired before they could be handed out. */
  readonly expired: number;
  readonly handedOutAtMs: number;
  /** What of it failed; undefined while its handler is at work. */
  readonly failed: readonly RunEntry[] | undefined;
}

/** One write of an owner: the head, and what of the messages that it passes over has to be kept. */
export interface Commit<R extends Run = Run> {
  readonly move: Move;
  readonly next: Cursor;
  /** The runs that the head passes over, from the front. */
  readonly runs: readonly R[];
  /** The leases of those of them whose handlers are at work. */
  readonly leases: ReadonlyMap<R, Lease>;
}

export interface CommitRequest<R extends Run> {
  readonly partition: number;
  readonly cursor: Cursor;
  /** From the head on, without a gap. */
  readonly runs: readonly R[];
  /** How often these messages may have been handed out before, by owners that died. */
  readonly attempts: number;
  /** When what failed is due again. */
  readonly retryDueMs: number;
  /** Given where the head must go on past handlers that are at work: the deadline of their leases. */
  readonly leaseUntilMs?: number;
  /** A fresh name for each record. */
  readonly nonce: () => string;
}

/**
 * Moves the head of an owned partition over the runs at its front that are over, and with `leaseUntilMs` over those
 * whose handlers are at work too; as many as fit into one write. undefined where there is nothing to pass over.
 */
export function commit<R extends Run>(request: CommitRequest<R>): Commit<R> | undefined {
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

function passable<R extends Run>({ runs, leaseUntilMs }: CommitRequest<R>): readonly R[] {
  if (leaseUntilMs !== undefined) return runs;
  const atWork = runs.findIndex(({ failed }) => failed === undefined);
  return atWork < 0 ? runs : runs.slice(0, atWork);
}

/** The records that each run leaves behind, as long as they fit into one write; a first run always goes. */
function recordsOf<R extends Run>(request: CommitRequest<R>, passable: readonly R[]) {
  const runs: R[] = [];
  const leases = new Map<R, Lease>();
  const put: (Lease | Retry)[] = [];
  // The cursor is an item too, and the count of what expired.
  let items = 2;
  for (const run of passable) {
    const record = recordOf(request, run);
    items += (record ? 1 : 0) + run.setAside.length;
    if (items > MOVE_ITEMS_LIMIT && runs.length > 0) break;
    runs.push(run);
    if (record) put.push(record);
    if (record?.kind === "lease") leases.set(run, record);
  }
  return { runs, leases, put };
}

/** A lease for what is at work, a retry for what failed, nothing for what is done. */
function recordOf(request: CommitRequest<Run>, run: Run): Lease | Retry | undefined {
  const isAtWork = run.failed === undefined;
  const left = run.failed ?? run.entries;
  if (left.length === 0) return undefined;
  const { partition, cursor, attempts, retryDueMs, leaseUntilMs = retryDueMs, nonce } = request;
  const dueMs = isAtWork ? leaseUntilMs : retryDueMs;
  return {
    kind: isAtWork ? "lease" : "retry",
    id: dueId(dueMs, nonce()),
    partition,
    epoch: cursor.epoch,
    spans: spansOf(left, 1 + attempts, run.handedOutAtMs),
    done: [],
    version: 1,
    dueMs,
  };
}

const spansOf = (entries: readonly RunEntry[], attempt: number, firstReceivedAtMs: number): Span[] =>
  joinSpans(
    entries.map(({ offset, slotBase, publishedAtMs }) => ({
      from: offset,
      to: offset + 1,
      slotBase,
      attempt,
      publishedAtMs,
      firstReceivedAtMs,
    })),
  );
