import type { DeadLetter } from "../dead-letter.js";
import { chainNonce, holdsAll, keyHash, keysIn } from "../progress/chains.js";
import type { Holding, Move } from "../progress/records.js";
import { holdSpan } from "./hold.js";
import { joinedBy } from "./key-records.js";
import { type Making, newRetry } from "./making.js";

/** A move of a head, with which others may change. */
export type AheadMove = Move & { readonly cursor: NonNullable<Move["cursor"]> };

/**
 * The move with what holds the key of a message that it makes a dead letter, ahead of the head. `record`: what holds
 * its key already, or the partition; in the record of its key it comes last, unless others wait between.
 */
export function holdAhead(
  move: AheadMove,
  { offset, slotBase, publishedAtMs, key, expiresAtMs }: DeadLetter,
  record: Holding | undefined,
  { nonce }: Pick<Making, "nonce">,
): AheadMove {
  const { partition, next } = move.cursor;
  const hash = keyHash(key);
  const span = holdSpan({ from: offset, to: offset + 1, slotBase, attempt: 0, publishedAtMs }, expiresAtMs);
  const waiting = move.put ?? [];
  if (record && !holdsAll(record.id) && waiting.length === 0) {
    const at = (keysIn(record.id) ?? []).indexOf(hash);
    const dated = { ...span, dueMs: expiresAtMs, ...(at > 0 ? { keyAt: at } : {}) };
    return { ...move, put: [joinedBy(record, [{ span: dated, isUnderWay: false }], 0)] };
  }
  const retry = newRetry({ partition, epoch: next.epoch }, [span], expiresAtMs, chainNonce(hash, nonce()));
  const open = [...(next.open ?? []), retry.id];
  return { ...move, put: [...waiting, retry], cursor: { partition, next: { ...next, open } } };
}
