import { messageId } from "../../domain/message-id.js";
import type { UnreadableMessage } from "../../domain/reading.js";
import { type MessageHeader, headerOf } from "../../domain/slot-header.js";
import type { Offset, Slot } from "../../domain/slot.js";
import type { PartitionRef } from "../../domain/topic.js";

/** What is known of the message at `offset` of a slot whose bytes cannot be read, for `reason`. */
export function unreadableAt(
  ref: PartitionRef,
  slot: Slot,
  offset: Offset,
  reason: string,
): { readonly message: UnreadableMessage; readonly expiresAtMs: number | undefined } {
  const headers = headerOf(slot);
  const header: Partial<MessageHeader> = headers === "open-it" ? {} : (headers[offset - slot.base] ?? {});
  const { expiresAtMs, hasGivenId: _, ...fields } = header;
  const { partition } = ref;
  const { publishedAtMs } = slot;
  const id = messageId({ ...ref, offset });
  return { message: { id, partition, offset, publishedAtMs, ...fields, unreadable: reason }, expiresAtMs };
}
