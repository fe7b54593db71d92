import type { Delayed, DelayedEntry } from "../../../domain/delayed.js";
import { delayedKey } from "../../../domain/delayed.js";
import { invariant } from "../../../domain/invariant.js";
import type { TopicRef } from "../../../domain/topic.js";
import { copyAttributes, copyOfItem } from "./dead-letter-item.js";
import { FORMAT, readable } from "./format.js";
import { waitingKey } from "./waiting-key.js";

/** Behind every message of its collection. */
const CANCELLED = "~cancelled#";
/** The part of an item that a list needs. */
export const ENTRY_PROJECTION = "pk, sk, f, d";

export function delayedItemKey(topic: TopicRef, id: string): { pk: string; sk: string } {
  const key = delayedKey(topic, id);
  invariant(key !== undefined, "a delayed message has an id of its topic");
  return waitingKey({ from: "delayed", ...key });
}

export const delayedItem = (topic: TopicRef, { copy, ...entry }: Delayed) => ({
  ...delayedItemKey(topic, entry.id),
  ...copyAttributes(copy),
  d: entry,
});

/** Says for a while that this message was cancelled. */
export const cancelledKey = ({ pk, sk }: { pk: string; sk: string }) => ({ pk, sk: `${CANCELLED}${sk}` });

export const cancelledItem = (key: { pk: string; sk: string }, rememberedUntilMs: number) => ({
  ...cancelledKey(key),
  f: FORMAT,
  expiresAt: Math.ceil(rememberedUntilMs / 1_000),
});

/** undefined for a damaged item. @throws {StoredFormatTooNew} */
export function entryOfDelayed(item: Record<string, unknown>): DelayedEntry | undefined {
  const { d } = readable(item);
  if (typeof d !== "object" || d === null) return undefined;
  const entry = d as Record<string, unknown>;
  const isWhole = typeof entry["id"] === "string" && Number.isFinite(entry["dueMs"]);
  return isWhole ? (entry as unknown as DelayedEntry) : undefined;
}

/** undefined for a damaged item. @throws {StoredFormatTooNew} */
export function delayedOf(item: Record<string, unknown>): Delayed | undefined {
  const entry = entryOfDelayed(item);
  const copy = entry && copyOfItem(item);
  return copy && { ...entry, copy };
}
