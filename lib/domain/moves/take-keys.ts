import type { Place } from "../place.js";
import { KEYS_IN_A_LEASE, keyedNonce, keysIn } from "../progress/chains.js";
import type { Cursor, Holding, Lease, Move, SetAside } from "../progress/records.js";
import type { Span } from "../progress/spans.js";
import { joinedBy } from "./key-records.js";
import { newLease } from "./making.js";
import { type Takeable, type Taking, spansOf } from "./take.js";

/** A message, and what stands for its key. */
export interface KeyedTakeable extends Takeable {
  readonly hash: string;
}

/** What was read ahead of the head of an ordered partition. */
export interface KeysAhead {
  /** What is handed out, in order. */
  readonly picked: readonly KeyedTakeable[];
  /** What lies before the last of it, and waits: with the record that holds its key. */
  readonly parked: readonly { readonly message: KeyedTakeable; readonly record: Holding }[];
  /** Ids that the cursor lists although their records are gone. */
  readonly gone: ReadonlySet<string>;
  readonly setAside: readonly SetAside[];
  readonly next: Place;
  readonly expired: number;
}

export interface TakenKeys {
  readonly move: Move & { readonly cursor: NonNullable<Move["cursor"]> };
  /** Each with its messages, in order. */
  readonly parts: readonly { readonly lease: Lease; readonly messages: readonly KeyedTakeable[] }[];
}

/**
 * Hands out messages whose keys are free, and moves the head past them. What it passes of busy keys joins the records
 * of these. A lease is of several keys, so that few records are written.
 */
export function takeKeys(
  partition: number,
  cursor: Cursor,
  { picked, parked, gone, setAside, next: place, expired }: KeysAhead,
  { nowMs, leaseMs, nonce, ...taker }: Taking,
): TakenKeys {
  const where = { partition, epoch: cursor.epoch };
  const parts = sharesOf(picked).map(({ keys, messages }) => {
    const spans = messages.flatMap((message) =>
      spansOf([message], nowMs, 1).map((span) => ofKey(keys, message.hash, span)),
    );
    const lease = newLease(where, spans, nowMs + leaseMs, keyedNonce(keys, nonce()), taker);
    return { lease, messages };
  });
  const open = [...(cursor.open ?? []).filter((id) => !gone.has(id)), ...parts.map(({ lease }) => lease.id)];
  const next: Cursor = {
    ...place,
    epoch: cursor.epoch,
    version: cursor.version + 1,
    ...(open.length > 0 ? { open } : {}),
  };
  const move = {
    cursor: { partition, next },
    put: [...parts.map(({ lease }) => lease), ...joinedRecords(parked, nowMs)],
    setAside,
    ...(expired > 0 ? { expired } : {}),
  };
  return { move, parts };
}

interface Share {
  readonly keys: string[];
  readonly messages: KeyedTakeable[];
}

/** All messages of a key are in one lease. */
function sharesOf(picked: readonly KeyedTakeable[]): readonly Share[] {
  const shares: Share[] = [];
  const byKey = new Map<string, Share>();
  for (const message of picked) {
    let share = byKey.get(message.hash);
    if (!share) {
      share = shares.at(-1);
      if (!share || share.keys.length >= KEYS_IN_A_LEASE) shares.push((share = { keys: [], messages: [] }));
      share.keys.push(message.hash);
      byKey.set(message.hash, share);
    }
    share.messages.push(message);
  }
  return shares;
}

/** The span in a record of these keys. In a record of one key none has to say which it is of. */
function ofKey(keys: readonly string[], hash: string, span: Span): Span {
  const at = keys.indexOf(hash);
  return at > 0 ? { ...span, keyAt: at } : span;
}

function joinedRecords(parked: KeysAhead["parked"], nowMs: number): readonly Holding[] {
  const joining = new Map<string, { readonly record: Holding; readonly spans: Span[] }>();
  for (const { message, record } of parked) {
    const known = joining.get(record.id) ?? { record, spans: [] };
    const keys = keysIn(record.id) ?? [];
    known.spans.push(...spansOf([message], nowMs, 0).map((span) => ofKey(keys, message.hash, span)));
    joining.set(record.id, known);
  }
  return [...joining.values()].map(({ record, spans }) =>
    joinedBy(
      record,
      spans.map((span) => ({
        span: { ...span, dueMs: nowMs, parkedUntilMs: nowMs },
        isUnderWay: false,
      })),
      nowMs,
    ),
  );
}
