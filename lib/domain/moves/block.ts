import { withExpiriesThatFit } from "../progress/expiries.js";
import { type Lease, MOVE_ITEMS_LIMIT, type Move, type Retry, dueId } from "../progress/records.js";
import { joinSpans } from "../progress/spans.js";
import { type RetryDue, type Run, type RunEntry, recordOf } from "./commit.js";

/**
 * One write of a lane that delivers from a block: a lease of many messages, of which the store does not know which were
 * handed out.
 */
export interface BlockCommit<R extends Run = Run> {
  readonly move: Move;
  /** The block afterwards; undefined once nothing is left of it. */
  readonly next: Lease | undefined;
  /** The runs that are no longer in it. */
  readonly left: readonly R[];
  /** Of those, the leases of the ones whose handlers are still running. */
  readonly leases: ReadonlyMap<R, Lease>;
  /** Whether what was not handed out has gone back. */
  readonly isGivenBack: boolean;
}

export interface BlockRequest<R extends Run> {
  readonly block: Lease;
  /** The deliveries from it that are still in it. */
  readonly runs: readonly R[];
  /** What was not handed out. */
  readonly rest: readonly RunEntry[];
  readonly retryDueMs: RetryDue;
  /** The next deadline of the block, and of the leases that running deliveries get at its end. */
  readonly leaseUntilMs: number;
  /** Whether the block has to end: running deliveries get leases of their own. */
  readonly ends: boolean;
  /** Set to give back what was not handed out: it becomes so many retries at most, due then. */
  readonly back?: { readonly dueMs: number; readonly retries: number };
  /** Returns a fresh name for each record. */
  readonly nonce: () => string;
}

/**
 * Takes finished deliveries out of a block, wherever they are in it, and moves its deadline; what does not fit into one
 * write stays for the next.
 */
export function commitBlock<R extends Run>(request: BlockRequest<R>): BlockCommit<R> {
  const { block, runs, rest, ends, back, leaseUntilMs, retryDueMs } = request;
  const retries = back ? backOf(request, back) : [];
  // The block itself is an item too.
  let items = 1 + retries.length;
  const left: R[] = [];
  const leases = new Map<R, Lease>();
  const put: (Lease | Retry)[] = [...retries];
  for (const run of runs) {
    if (run.failed === undefined && !ends) continue;
    const record = recordOf(
      { ...request, partition: block.partition, epoch: block.epoch, retryDueMs: () => retryDueMs },
      run,
    );
    if (record && items >= MOVE_ITEMS_LIMIT) continue;
    left.push(run);
    if (record) put.push(record);
    if (record) items++;
    if (record?.kind === "lease") leases.set(run, record);
  }
  const gone = new Set(left);
  const kept = runs.filter((run) => !gone.has(run)).flatMap(({ entries }) => entries);
  const entries = [...kept, ...(back ? [] : rest)];
  const next: Lease | undefined =
    entries.length === 0
      ? undefined
      : {
          ...block,
          spans: blockSpans(entries),
          version: block.version + 1,
          dueMs: Math.max(block.dueMs, leaseUntilMs),
        };
  const move = next ? { put: [next, ...put] } : { remove: [block], put };
  return { move, next, left, leases, isGivenBack: back !== undefined };
}

/** What was not handed out, as if nobody had ever had it: in several retries, which several looks can take at once. */
function backOf<R extends Run>(
  { block, rest, nonce }: BlockRequest<R>,
  { dueMs, retries }: { readonly dueMs: number; readonly retries: number },
): readonly Retry[] {
  const share = Math.ceil(rest.length / retries);
  const back: Retry[] = [];
  for (let from = 0; from < rest.length; from += share) {
    back.push({
      kind: "retry",
      id: dueId(dueMs, nonce()),
      partition: block.partition,
      epoch: block.epoch,
      spans: blockSpans(rest.slice(from, from + share)),
      done: [],
      version: 1,
      dueMs,
    });
  }
  return back;
}

/** Nobody is charged with an attempt that the store does not know of. */
const blockSpans = (entries: readonly RunEntry[]) =>
  withExpiriesThatFit(
    joinSpans(
      [...entries]
        .sort((one, other) => one.offset - other.offset)
        .map(({ offset, slotBase, publishedAtMs, expiresAtMs }) => ({
          from: offset,
          to: offset + 1,
          slotBase,
          attempt: 0,
          publishedAtMs,
          ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
        })),
    ),
  );
