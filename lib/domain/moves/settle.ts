import { hintFor, redated, withDeadlines } from "../progress/deadlines.js";
import { type Blame, blamed } from "../progress/blame.js";
import { holdsAll } from "../progress/chains.js";
import { withPastThatFits } from "../progress/past.js";
import { type Lease, type Move, type Retry, openSpans } from "../progress/records.js";
import { shortened } from "../progress/shortened.js";
import { type Span, changeAt, spanAt, spanLength } from "../progress/spans.js";
import type { Offset } from "../slot.js";
import type { Ordering } from "../topic.js";
import { type Making, newRetry } from "./making.js";
import { withoutFreeKeys } from "./release-keys.js";

/**
 * How a consumer settles one message of its lease. Times are epoch milliseconds. `retry`: hand it out again at `dueMs`,
 * with `error` as the reason. `failed`: the same, when its attempt says so. Both are charged to it, unless `blame` says
 * otherwise; one that is `returned` becomes as it was before it was handed out. `reject`: no other attempt will do, so
 * it becomes a dead letter. `extend`: set its deadline to `dueMs`,
 * earlier or later than before; a time that has passed hands it back.
 */
export type Word =
  | { readonly kind: "ack" }
  | ({ readonly kind: "retry"; readonly dueMs: number } & Failed)
  | ({
      readonly kind: "failed";
      readonly dueMs: (attempt: number) => number;
      readonly blame: Blame;
    } & Failed)
  | ({ readonly kind: "reject" } & Pick<Failed, "error">)
  | { readonly kind: "extend"; readonly dueMs: number };

interface Failed {
  readonly error?: string;
  /** After so many failures charged to it, it is due at once, to become a dead letter. @default there is no limit */
  readonly maxAttempts?: number;
}

/** The state of a message of a lease. `elsewhere`: its deadline passed and another lease took it. */
type Standing = "open" | "acknowledged" | "returned" | "rejected" | "elsewhere";
/** What a settlement asks for. */
type Wish = "ack" | "return" | "reject" | "extend";

/** Which settlements still count in each state: only a repeat of the same one, unless the message is open. */
const COUNTS: Readonly<Record<Standing, Readonly<Record<Wish, boolean>>>> = {
  open: { ack: true, return: true, reject: true, extend: true },
  acknowledged: { ack: true, return: false, reject: false, extend: false },
  returned: { ack: false, return: true, reject: false, extend: false },
  rejected: { ack: false, return: false, reject: true, extend: false },
  elsewhere: { ack: false, return: false, reject: false, extend: false },
};

/**
 * The most retries that one lease becomes, well within a transaction. If there are more due times, several share a
 * retry.
 */
const RETRIES_LIMIT = 60;

export interface Settled {
  /** The offsets whose settlement counts. */
  readonly counted: ReadonlySet<Offset>;
  /** What has to be written; undefined if nothing changes. */
  readonly move?: Move;
  /** The retries that replace the lease, or a part of it; empty if it just ends, undefined if all of it stays. */
  readonly became?: readonly Retry[];
}

/** Whether a settlement of the message at `offset` counts. */
export function counts(lease: Lease, offset: Offset, word: Word, nowMs: number): boolean {
  return COUNTS[standingOf(lease, offset)][wishOf(word, nowMs)];
}

function standingOf({ spans, done }: Lease, offset: Offset): Standing {
  const span = spanAt(spans, offset);
  if (!span) return "elsewhere";
  if (span.isReturned) return span.isRejected ? "rejected" : "returned";
  return done.includes(offset) ? "acknowledged" : "open";
}

function wishOf(word: Word, nowMs: number): Wish {
  if (word.kind === "retry" || word.kind === "failed") return "return";
  return word.kind === "extend" && word.dueMs <= nowMs ? "return" : word.kind;
}

/**
 * Settles messages of a lease, each in its own way; no other message changes. Messages that are sent back stay in the
 * lease while its consumer still has others of it, and become retries together with the last of them.
 */
export function settleWords(
  lease: Lease,
  words: ReadonlyMap<Offset, Word>,
  ordering: Ordering,
  { nowMs, nonce }: Making,
): Settled {
  const counted = new Set(
    [...words].flatMap(([offset, word]) => (counts(lease, offset, word, nowMs) ? [offset] : [])),
  );
  const fresh = [...words].filter(([offset]) => counted.has(offset) && standingOf(lease, offset) === "open");
  if (fresh.length === 0) return { counted };
  const acks = fresh.flatMap(([offset, { kind }]) => (kind === "ack" ? [offset] : []));
  const done = [...lease.done, ...acks];
  const spans = withPastThatFits(changeAt(withDeadlines(lease), changesOf(fresh, nowMs)));
  return { counted, ...leaseWith(lease, { spans, done }, ordering, { nowMs, nonce }) };
}

/**
 * A lease once its messages stand so, each with a deadline: it stays while its consumer has some of them, and becomes
 * retries once the others wait.
 */
export function leaseWith(
  lease: Lease,
  { spans, done }: Pick<Lease, "spans" | "done">,
  ordering: Ordering,
  making: Making,
): Required<Pick<Settled, "move">> & Pick<Settled, "became"> {
  if (!holdsAll(lease.id)) return withoutFreeKeys(lease, { spans, done }, making);
  const open = openSpans({ spans, done });
  if (open.length === 0) return { move: { remove: [lease] }, became: [] };
  if (open.every(({ isReturned }) => isReturned)) {
    const became = retriesOf(lease, open, ordering, making);
    return { move: { remove: [lease], put: became }, became };
  }
  const kept: Lease = redated({ ...lease, done, isMarked: true }, spans);
  return { move: { put: [kept, ...hintFor(lease, kept, making.nonce, lease.dueMs)] } };
}

/** How the settlements change the spans of their messages. An acknowledgement changes none. */
function changesOf(words: readonly (readonly [Offset, Word])[], nowMs: number) {
  const changes = new Map<Offset, (span: Span) => Span>();
  for (const [offset, word] of words) {
    if (word.kind === "retry")
      changes.set(offset, (span) => returned(span, word.dueMs, "charged", { ...word, nowMs }));
    else if (word.kind === "failed") {
      const { dueMs, blame } = word;
      changes.set(offset, (span) => returned(span, dueMs(span.attempt), blame, { ...word, nowMs }));
    } else if (word.kind === "reject") {
      const rejected = { isRejected: true } as const;
      changes.set(offset, (span) => ({
        ...returned(span, nowMs, "charged", { ...word, nowMs }, "rejected"),
        ...rejected,
      }));
    } else if (word.kind === "extend") {
      const back = word.dueMs <= nowMs ? ({ isReturned: true } as const) : {};
      changes.set(offset, (span) => ({ ...span, dueMs: Math.max(nowMs, word.dueMs), ...back }));
    }
  }
  return changes;
}

function returned(
  before: Span,
  dueMs: number,
  blame: Blame,
  { error, maxAttempts = Infinity, nowMs }: Failed & { readonly nowMs: number },
  kind: "failed" | "rejected" = "failed",
): Span {
  if (blame === "returned") return untaken(before, dueMs);
  const { lastError: _, charged, together, failures, ...span } = before;
  const why = error === undefined ? {} : { lastError: shortened(error) };
  const failure = { kind, atMs: nowMs, attempt: before.attempt, ...(error === undefined ? {} : { error }) };
  const after = blamed(before, blame, failure);
  const isLast = (after.charged ?? 0) >= maxAttempts;
  return { ...span, ...after, dueMs: isLast ? nowMs : dueMs, isReturned: true, ...why };
}

/** As it was before it was handed out: its consumer never took it. */
function untaken({ firstReceivedAtMs, ...span }: Span, dueMs: number): Span {
  const attempt = Math.max(0, span.attempt - 1);
  const first = attempt > 0 && firstReceivedAtMs !== undefined ? { firstReceivedAtMs } : {};
  return { ...span, ...first, attempt, dueMs, isReturned: true };
}

/** One retry for each due time. With ordering a single one, since nothing may overtake. */
function retriesOf(
  lease: Lease,
  open: readonly Span[],
  ordering: Ordering,
  { nonce }: Making,
): readonly Retry[] {
  const dueTimes = [...new Set(open.map(({ dueMs = lease.dueMs }) => dueMs))].sort((a, b) => a - b);
  const together = ordering === "key" ? dueTimes.length : Math.ceil(dueTimes.length / RETRIES_LIMIT);
  const retries: Retry[] = [];
  for (let from = 0; from < dueTimes.length; from += together) {
    const times = new Set(dueTimes.slice(from, from + together));
    const dueMs = dueTimes[from] as number;
    const spans = open
      .filter((span) => times.has(span.dueMs ?? lease.dueMs))
      .map(({ isReturned: _, dueMs: own = dueMs, ...span }) =>
        own > dueMs ? { ...span, dueMs: own } : span,
      );
    retries.push(newRetry(lease, spans, dueMs, nonce()));
  }
  return retries;
}

/** Ends a lease if all of it is acknowledged; undefined while some of it is open. */
export const endOf = (lease: Lease): Move | undefined =>
  spanLength(openSpans(lease)) === 0 ? { remove: [lease] } : undefined;
