import type { DeadLetterEntry, MendedCopy } from "../dead-letter.js";
import { withFailure } from "../progress/failures.js";
import { chainNonce, keyHash, keysIn } from "../progress/chains.js";
import { hintFor, redated, withDeadlines } from "../progress/deadlines.js";
import type { Cursor, Holding, Move, Retry } from "../progress/records.js";
import { type Span, inOrder, joinSpans } from "../progress/spans.js";
import { letGo } from "./hold.js";
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
  /** By the id of a dead letter that holds its key: the record in which it does. */
  readonly held?: ReadonlyMap<string, Holding>;
  /** A record that holds the whole partition. */
  readonly whole?: Holding;
}

/**
 * The messages wait for their first attempt, due at once, as if they had never been handed out. With ordering they come
 * before all others of their key, but for what a consumer has in its hands; and in their place, if the key holds for
 * them.
 */
export function redriveMove({ partition, epoch, letters, mended = new Map(), front, making }: Redrive): Move {
  const { nowMs, nonce } = making;
  const copies = letters.flatMap(({ id }) => mended.get(id) ?? []);
  const move: Move = { endedDeadLetters: letters, ...(copies.length > 0 ? { mended: copies } : {}) };
  const spansOf = (some: readonly DeadLetterEntry[]): Span[] =>
    joinSpans(some.map((letter) => spanOf(letter, mended.get(letter.id))));
  if (!front) return { ...move, put: [newRetry({ partition, epoch }, spansOf(letters), nowMs, nonce())] };
  const { cursor, holders, held = new Map<string, Holding>(), whole } = front;
  const fresh: Retry[] = [];
  const stored = new Map([...holders.values(), ...held.values()].map((record) => [record.id, record]));
  const joined = new Map<string, Holding>();
  for (const record of new Set(held.values())) {
    const again = new Map(
      letters.flatMap((letter) =>
        held.get(letter.id)?.id === record.id
          ? [[letter.offset, spanOf(letter, mended.get(letter.id))] as const]
          : [],
      ),
    );
    const next = letGo(record, new Set(again.keys()), again, nowMs);
    if (next) joined.set(record.id, next);
  }
  for (const [hash, ofKey] of byKey(letters.filter(({ id }) => !held.has(id)))) {
    const holder = holders.get(hash);
    if (!holder) {
      fresh.push(newRetry({ partition, epoch }, spansOf(ofKey), nowMs, chainNonce(hash, nonce())));
      continue;
    }
    const known = joined.get(holder.id);
    joined.set(holder.id, beforeOthers(known ?? holder, hash, spansOf(ofKey), nowMs, known !== undefined));
  }
  const hints = [...joined].flatMap(([id, next]) => {
    const record = stored.get(id);
    return record ? hintFor(record, next, nonce, record.dueMs) : [];
  });
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
export function beforeOthers(
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
export function listed(cursor: Cursor, fresh: readonly string[], whole: Holding | undefined): Cursor {
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
