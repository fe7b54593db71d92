import { invariant } from "../invariant.js";
import { holdsAll } from "../progress/chains.js";
import { withExpiriesThatFit } from "../progress/expiries.js";
import { withPastThatFits } from "../progress/past.js";
import type { Holding } from "../progress/records.js";
import { type Span, inOrder } from "../progress/spans.js";
import type { FailedEntry, RetryDue, Run, RunEntry } from "./commit.js";
import { newLease, retryInOrder } from "./making.js";
import { parkedSpan } from "./take-chain.js";

/** What became of a message that was read: `waits` if it was not handed out, or its target did not take it. */
export type State = "over" | "under-way" | "failed" | "waits";

/** What the times of records are made from. */
export interface Times {
  /** When a message that failed at this attempt is due again. */
  readonly retryDueMs: (attempt: number) => RetryDue;
  readonly leaseUntilMs: number;
  readonly nowMs: number;
}

/** A message that the head passes although it is not done. */
export interface Passed {
  readonly span: Span & { readonly dueMs: number };
  readonly isUnderWay: boolean;
}

export function passedOf(
  { retryDueMs, leaseUntilMs, nowMs }: Times,
  run: Run | undefined,
  entry: RunEntry,
  state: Exclude<State, "over">,
): Passed {
  const failed = run?.failed?.find(({ offset }) => offset === entry.offset);
  const { offset, isReturned, ...rest }: FailedEntry = failed ?? entry;
  const handed = state === "waits" ? 0 : (run?.attempt ?? 0);
  const attempt = handed - (isReturned ? 1 : 0);
  const handedOut = { attempt, ...(attempt > 0 && run ? { firstReceivedAtMs: run.handedOutAtMs } : {}) };
  const dueMs =
    failed && run ? retryDueMs(run.attempt)(failed) : state === "under-way" ? leaseUntilMs : nowMs;
  const span = { from: offset, to: offset + 1, ...handedOut, ...rest, dueMs };
  return {
    span: state === "waits" ? { ...span, parkedUntilMs: nowMs } : span,
    isUnderWay: state === "under-way",
  };
}

export const withoutDue = ({ dueMs: _, ...span }: Span): Span => span;

/** A lease if its first message is being delivered, else a retry. */
export function newChain(
  where: { readonly partition: number; readonly epoch: number },
  passed: readonly Passed[],
  {
    leaseUntilMs,
    nowMs,
    name,
  }: { readonly leaseUntilMs: number; readonly nowMs: number; readonly name: string },
): Holding {
  if (!passed[0]?.isUnderWay)
    return retryInOrder(
      where,
      passed.map(({ span }) => span),
      { nowMs, nonce: name },
    );
  const spans = passed.map(({ span, isUnderWay }) =>
    isUnderWay ? withoutDue(span) : parkedSpan(span, Math.max(nowMs, span.parkedUntilMs ?? span.dueMs)),
  );
  const lease = newLease(where, spans, leaseUntilMs, name);
  return passed.some(({ isUnderWay }) => !isUnderWay) ? { ...lease, isMarked: true } : lease;
}

/** The stored record of a key, and behind what it holds the messages that join it. */
export function joinedBy(stored: Holding, passed: readonly Passed[], nowMs: number): Holding {
  invariant(!holdsAll(stored.id), "only a record of keys is joined");
  const version = stored.version + 1;
  const lastMs = Math.max(0, ...stored.spans.map(({ dueMs = 0 }) => dueMs));
  const joining = passed.map(({ span: { parkedUntilMs, dueMs, ...span } }): Span => {
    // What waits is free as soon as those before it are done; what failed also waits for its own time.
    const ownMs = parkedUntilMs ?? dueMs;
    if (stored.kind === "lease") return parkedSpan(span, Math.max(nowMs, ownMs));
    const untilMs = Math.max(lastMs, ownMs);
    return untilMs > stored.dueMs ? { ...span, dueMs: untilMs } : span;
  });
  const spans = withPastThatFits(withExpiriesThatFit(inOrder([...stored.spans, ...joining])));
  return stored.kind === "lease"
    ? { ...stored, spans, version, isMarked: true }
    : { ...stored, spans, version };
}
