import { hintFor, redated, withDeadlines } from "../progress/deadlines.js";
import { LAST_ERROR_LIMIT_BYTES, shortened, withErrorsThatFit } from "../progress/last-errors.js";
import { type Lease, type Move, type Retry, openSpans } from "../progress/records.js";
import { type Span, changeAt, spanAt, spanLength } from "../progress/spans.js";
import type { Offset } from "../slot.js";
import type { Ordering } from "../topic.js";
import { type Making, newRetry } from "./making.js";

/**
 * What a consumer says of one message of its lease. Times are epoch milliseconds. `retry`: hand it out again at
 * `dueMs`, with `error` as the reason. `extend`: its deadline is `dueMs`, sooner or later than it was; one that is over
 * hands it back.
 */
export type Word =
  | { readonly kind: "ack" }
  | { readonly kind: "retry"; readonly dueMs: number; readonly error?: string }
  | { readonly kind: "extend"; readonly dueMs: number };

/** What has become of a message of a lease. `elsewhere`: its deadline passed, and it was taken over. */
type Standing = "open" | "acknowledged" | "returned" | "elsewhere";

/** Which words still count, by what has become of the message: the same one again, and no other. */
const COUNTS: Readonly<Record<Standing, Readonly<Record<"ack" | "return" | "extend", boolean>>>> = {
  open: { ack: true, return: true, extend: true },
  acknowledged: { ack: true, return: false, extend: false },
  returned: { ack: false, return: true, extend: false },
  elsewhere: { ack: false, return: false, extend: false },
};

/** Retries that one lease becomes at the most, well inside a transaction: more times than that share records. */
const RETRIES_LIMIT = 60;

export interface Settled {
  /** Offsets whose word counts. */
  readonly counted: ReadonlySet<Offset>;
  /** What has to be written; nothing where all was said before. */
  readonly move?: Move;
  /** What the lease has become, where no longer itself: retries, or nothing. */
  readonly became?: readonly Retry[];
}

/** Whether a word on the message of `offset` counts. */
export function counts(lease: Lease, offset: Offset, word: Word, nowMs: number): boolean {
  return COUNTS[standingOf(lease, offset)][
    isReturn(word, nowMs) ? "return" : (word.kind as "ack" | "extend")
  ];
}

function standingOf({ spans, done }: Lease, offset: Offset): Standing {
  const span = spanAt(spans, offset);
  if (!span) return "elsewhere";
  if (span.isReturned) return "returned";
  return done.includes(offset) ? "acknowledged" : "open";
}

const isReturn = (word: Word, nowMs: number): boolean =>
  word.kind === "retry" || (word.kind === "extend" && word.dueMs <= nowMs);

/**
 * Settles messages of a lease, each by its own word: no other message changes. What is sent back waits in the lease as
 * long as its consumer has others of it, and becomes retries with the last of them.
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
  const spans = withErrorsThatFit(changeAt(withDeadlines(lease), changesOf(fresh, nowMs)));
  const open = openSpans({ spans, done });
  if (open.length === 0) return { counted, move: { remove: [lease] }, became: [] };
  if (open.every(({ isReturned }) => isReturned)) {
    const became = retriesOf(lease, open, ordering, nonce);
    return { counted, move: { remove: [lease], put: became }, became };
  }
  const kept: Lease = redated({ ...lease, done, isMarked: true }, spans);
  return { counted, move: { put: [kept, ...hintFor(kept, nonce, lease.dueMs)] } };
}

/** What the words make of the spans of their messages; an acknowledgement changes none. */
function changesOf(words: readonly (readonly [Offset, Word])[], nowMs: number) {
  const changes = new Map<Offset, (span: Span) => Span>();
  for (const [offset, word] of words) {
    if (word.kind === "retry") changes.set(offset, (span) => failed(span, word));
    else if (word.kind === "extend") {
      const back = word.dueMs <= nowMs ? ({ isReturned: true } as const) : {};
      changes.set(offset, (span) => ({ ...span, dueMs: Math.max(nowMs, word.dueMs), ...back }));
    }
  }
  return changes;
}

function failed({ lastError: _, ...span }: Span, { dueMs, error }: Extract<Word, { kind: "retry" }>): Span {
  const why = error === undefined ? {} : { lastError: shortened(error, LAST_ERROR_LIMIT_BYTES) };
  return { ...span, dueMs, isReturned: true, ...why };
}

/** One retry for each time that something is due; with ordering one for all, since nothing may overtake. */
function retriesOf(
  lease: Lease,
  open: readonly Span[],
  ordering: Ordering,
  nonce: () => string,
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

/** A lease of which offsets were marked as acknowledged: undefined while something of it is open. */
export const endOf = (lease: Lease): Move | undefined =>
  spanLength(openSpans(lease)) === 0 ? { remove: [lease] } : undefined;
