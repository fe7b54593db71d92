import type { DeadLetterEntry, MendedCopy } from "../dead-letter.js";
import { withFailure } from "../progress/failures.js";
import { chainNonce, keyHash, keysIn } from "../progress/chains.js";
import { hintFor, redated, withDeadlines } from "../progress/deadlines.js";
import type { Cursor, Due, Holding, Move, Retry } from "../progress/records.js";
import { type Span, inOrder, joinSpans } from "../progress/spans.js";
import { type Making, newRetry } from "./making.js";
import { parkedSpan } from "./take-chain.js";

/** Dead letters of one partition that are sent again. */
export interface Redrive {
  readonly partition: number;
  /** The subscription's. */
  readonly epoch: number;
  /** In the order of the log. */
  readonly letters: readonly DeadLetterEntry[];
  /** By the ids of those whose content is not what the log holds: what it is. */
  readonly mended?: ReadonlyMap<string, MendedCopy>;
  /** With ordering: the partition's cursor, and what its records hold. */
  readonly front?: Front;
  readonly making: Making;
}

export interface Front {
  readonly cursor: Cursor;
  /** By the hash of a key: the record with something open of it. */
  readonly holders: ReadonlyMap<string, Holding>;
  /** A record that holds the whole partition. */
  readonly whole?: Holding;
}

/**
 * The messages wait for their first attempt, due at once, as if they had never been handed out. With ordering they come
 * before all others of their key, but for what a consumer has in its hands.
 */
export function redriveMove({ partition, epoch, letters, mended = new Map(), front, making }: Redrive): Move {
  const { nowMs, nonce } = making;
  const copies = letters.flatMap(({ id }) => mended.get(id) ?? []);
  const move: Move = { endedDeadLetters: letters, ...(copies.length > 0 ? { mended: copies } : {}) };
  const spansOf = (some: readonly DeadLetterEntry[]): Span[] =>
    joinSpans(some.map((letter) => spanOf(letter, mended.get(letter.id))));
  if (!front) return { ...move, put: [newRetry({ partition, epoch }, spansOf(letters), nowMs, nonce())] };
  const { cursor, holders, whole } = front;
  const fresh: Retry[] = [];
  const joined = new Map<string, Due>();
  const hints: Due[] = [];
  for (const [hash, ofKey] of byKey(letters)) {
    const holder = holders.get(hash);
    if (!holder) {
      fresh.push(newRetry({ partition, epoch }, spansOf(ofKey), nowMs, chainNonce(hash, nonce())));
      continue;
    }
    const known = joined.get(holder.id) as Holding | undefined;
    const next = before(known ?? holder, hash, spansOf(ofKey), nowMs, known !== undefined);
    joined.set(holder.id, next);
    hints.push(...hintFor(holder, next, nonce, holder.dueMs));
  }
  const next = listed(
    cursor,
    fresh.map(({ id }) => id),
    whole,
  );
  return { ...move, put: [...fresh, ...joined.values(), ...hints], cursor: { partition, next } };
}

function byKey(letters: readonly DeadLetterEntry[]): ReadonlyMap<string, readonly DeadLetterEntry[]> {
  const keys = new Map<string, DeadLetterEntry[]>();
  for (const letter of letters) {
    const hash = keyHash(letter.key);
    keys.set(hash, [...(keys.get(hash) ?? []), letter]);
  }
  return keys;
}

/** The record with these too: due at once, or as soon as their consumer is done with what it has of their key. */
function before(
  record: Holding,
  hash: string,
  spans: readonly Span[],
  nowMs: number,
  isNext: boolean,
): Holding {
  const version = isNext ? record.version : record.version + 1;
  if (record.kind === "retry") {
    const due = spans.map((span) => ({ ...span, dueMs: Math.min(nowMs, record.dueMs) }));
    return { ...redated(record, inOrder([...withDeadlines(record), ...due])), version };
  }
  const at = (keysIn(record.id) ?? []).indexOf(hash);
  const parked = spans.map((span) => ({ ...parkedSpan(span, nowMs), ...(at > 0 ? { keyAt: at } : {}) }));
  return { ...record, spans: inOrder([...record.spans, ...parked]), isMarked: true, version };
}

/** Where a record holds the whole partition, they come before it, unless a consumer has it in its hands. */
function listed(cursor: Cursor, fresh: readonly string[], whole: Holding | undefined): Cursor {
  const open = cursor.open ?? [];
  const at = whole ? open.indexOf(whole.id) + (whole.kind === "lease" ? 1 : 0) : open.length;
  return {
    ...cursor,
    version: cursor.version + 1,
    open: [...open.slice(0, at), ...fresh, ...open.slice(at)],
  };
}

/** It says where it comes from, so that it is known if it fails again. */
const spanOf = (
  { offset, slotBase, publishedAtMs, messageExpiresAtMs, ...letter }: DeadLetterEntry,
  mended: MendedCopy | undefined,
): Span => ({
  from: offset,
  to: offset + 1,
  slotBase,
  attempt: 0,
  failures: withFailure([], {
    kind: "dead-lettered",
    atMs: letter.deadLetteredAtMs,
    attempt: letter.attempt,
    ...(letter.lastError === undefined ? {} : { error: letter.lastError }),
  }),
  publishedAtMs,
  ...(messageExpiresAtMs === undefined ? {} : { expiresAtMs: messageExpiresAtMs }),
  ...(mended ? { mended: mended.name } : {}),
});
