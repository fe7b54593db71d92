import { chainNonce, keyHash } from "../progress/chains.js";
import { hintFor } from "../progress/deadlines.js";
import type { Failure } from "../progress/failures.js";
import type { Holding, Move, Retry } from "../progress/records.js";
import { type Span, inOrder, joinSpans, without } from "../progress/spans.js";
import type { Offset } from "../slot.js";
import { type Making, newRetry } from "./making.js";
import { type Front, beforeOthers, listed } from "./redrive.js";

/** A message of the log that is over for the subscription, and that it gets again. */
export interface Replayed {
  readonly id: string;
  readonly offset: Offset;
  readonly slotBase: Offset;
  readonly key?: string;
  readonly publishedAtMs: number;
  readonly expiresAtMs?: number;
}

/** Messages of one partition that a subscription gets again. */
export interface Replay {
  readonly partition: number;
  /** The subscription's. */
  readonly epoch: number;
  /** In the order of the log; none of them open in any record. */
  readonly messages: readonly Replayed[];
  /** Says where they come from. */
  readonly origin: Failure;
  /** With ordering: the partition's cursor, and what its records hold. */
  readonly front?: Front;
  readonly making: Making;
}

/**
 * The messages wait for their first attempt, due at once, as if they had never been handed out. With ordering, what
 * waits of a key is in the order of the log, the messages that come again among it.
 */
export function replayMove({ partition, epoch, messages, origin, front, making }: Replay): Move {
  const { nowMs, nonce } = making;
  const spansOf = (some: readonly Replayed[]): Span[] => joinSpans(some.map((one) => spanOf(one, origin)));
  if (!front) return { put: [newRetry({ partition, epoch }, spansOf(messages), nowMs, nonce())] };
  const { cursor, holders, whole } = front;
  const fresh: Retry[] = [];
  const stored = new Map([...holders.values()].map((record) => [record.id, record]));
  const joined = new Map<string, Holding>();
  for (const [hash, ofKey] of byKey(messages)) {
    const holder = holders.get(hash);
    if (!holder) {
      fresh.push(newRetry({ partition, epoch }, spansOf(ofKey), nowMs, chainNonce(hash, nonce())));
      continue;
    }
    const known = joined.get(holder.id);
    const record = forgetting(known ?? holder, new Set(ofKey.map(({ offset }) => offset)));
    joined.set(holder.id, beforeOthers(record, hash, spansOf(ofKey), nowMs, known !== undefined));
  }
  const hints = [...joined].flatMap(([id, next]) => {
    const record = stored.get(id);
    return record ? hintFor(record, next, nonce, record.dueMs) : [];
  });
  const ids = fresh.map(({ id }) => id);
  return {
    put: [...fresh, ...joined.values(), ...hints],
    cursor: { partition, next: listed(cursor, ids, whole) },
  };
}

/** The record without what is done of it at these offsets, so that a message is in it once. */
function forgetting<T extends Holding>(record: T, offsets: ReadonlySet<Offset>): T {
  const spans = inOrder(without(record.spans, offsets));
  return { ...record, spans, done: record.done.filter((offset) => !offsets.has(offset)) };
}

function byKey(messages: readonly Replayed[]): ReadonlyMap<string, readonly Replayed[]> {
  const keys = new Map<string, Replayed[]>();
  for (const message of messages) {
    const hash = keyHash(message.key);
    keys.set(hash, [...(keys.get(hash) ?? []), message]);
  }
  return keys;
}

const spanOf = ({ offset, slotBase, publishedAtMs, expiresAtMs }: Replayed, origin: Failure): Span => ({
  from: offset,
  to: offset + 1,
  slotBase,
  attempt: 0,
  failures: [origin],
  publishedAtMs,
  ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
});
