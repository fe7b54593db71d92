import type { DeadLetterEntry, MendedCopy } from "../dead-letter.js";
import { withFailure } from "../progress/failures.js";
import { type Cursor, type Due, type Move, replaceOpen } from "../progress/records.js";
import { type Span, joinSpans } from "../progress/spans.js";
import { type Making, newRetry } from "./making.js";

/** Dead letters of one partition that are sent again. */
export interface Redrive {
  readonly partition: number;
  /** The subscription's. */
  readonly epoch: number;
  /** In the order of the log. */
  readonly letters: readonly DeadLetterEntry[];
  /** By the ids of those whose content is not what the log holds: what it is. */
  readonly mended?: ReadonlyMap<string, MendedCopy>;
  /** With ordering: the partition's cursor, and the record that holds it. */
  readonly front?: { readonly cursor: Cursor; readonly holder?: Due };
  readonly making: Making;
}

/**
 * The messages wait for their first attempt, due at once, as if they had never been handed out. With ordering they come
 * before all others of their partition, but for what a consumer has in its hands.
 */
export function redriveMove({ partition, epoch, letters, mended = new Map(), front, making }: Redrive): Move {
  const { nowMs, nonce } = making;
  const spans = letters.map((letter) => spanOf(letter, mended.get(letter.id)));
  const retry = newRetry({ partition, epoch }, joinSpans(spans), nowMs, nonce());
  const copies = letters.flatMap(({ id }) => mended.get(id) ?? []);
  const replaced = copies.length > 0 ? { mended: copies } : {};
  const move: Move = { put: [retry], endedDeadLetters: letters, ...replaced };
  if (!front) return move;
  const { cursor, holder } = front;
  const became = holder?.kind === "lease" ? [holder.id, retry.id] : holder && [retry.id, holder.id];
  const next =
    holder && became
      ? replaceOpen(cursor, new Map([[holder.id, became]]))
      : { ...cursor, version: cursor.version + 1, open: [retry.id] };
  return { ...move, cursor: { partition, next } };
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
