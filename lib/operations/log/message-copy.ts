import type { MessageCopy } from "../../domain/dead-letter.js";
import type { MessageContent } from "../../domain/message.js";
import { segmentClassDays, segmentKey } from "../../domain/segment-key.js";
import type { SlotContent } from "../../domain/slot.js";
import { UnreadableSlot, decodeMessages, encodeMessages } from "../../domain/slot-codec.js";
import type { TopicRef } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { memoryBytesFor } from "../memory-budget.js";

/** Several copies go into one transaction, so a larger limit for slots does not count for them. */
const INLINE_LIMIT_BYTES = 10_240;

/**
 * Copies a message that has to outlive its slot. Large bytes go to an object of their own, before anything refers to
 * it: a crash in between leaves an object that its lifecycle removes. `nonce` names the object.
 */
export async function copyMessage(
  { settings, segments, clock }: Engine,
  topic: TopicRef,
  message: MessageContent,
  { nonce, expiresAtMs }: { readonly nonce: string; readonly expiresAtMs: number },
): Promise<MessageCopy> {
  const { bytes, encoding, unpackedBytes, checksum } = await encodeMessages([message]);
  const isInline = bytes.length <= Math.min(settings.inlineLimitBytes, INLINE_LIMIT_BYTES);
  const content: SlotContent = isInline
    ? { kind: "inline", bytes }
    : {
        kind: "segment",
        key: segmentKey(segmentClassDays(expiresAtMs, clock.nowMs()), topic, nonce),
        sizeBytes: bytes.length,
      };
  if (content.kind === "segment") await segments.put(content.key, bytes);
  return { encoding, unpackedBytes, checksum, content };
}

/**
 * The copied message, or why it cannot be read. It takes memory only until it is decoded.
 * @throws {StorageUnavailable} {Throttled} if its bytes cannot be read now
 */
export const openCopy = (engine: Engine, copy: MessageCopy): Promise<MessageContent | UnreadableSlot> =>
  engine.budget.receiving(memoryBytesFor(copy.unpackedBytes), () => readCopy(engine, copy));

/**
 * The same for whoever keeps the message, and has taken the memory for it.
 * @throws {StorageUnavailable} {Throttled}
 */
export async function readCopy(
  { segments }: Pick<Engine, "segments">,
  copy: MessageCopy,
): Promise<MessageContent | UnreadableSlot> {
  const { content } = copy;
  const bytes = content.kind === "inline" ? content.bytes : await segments.get(content.key);
  try {
    if (!bytes) throw new UnreadableSlot("segment-missing");
    return decodeMessages({ ...copy, count: 1 }, bytes)[0] as MessageContent;
  } catch (error) {
    if (error instanceof UnreadableSlot) return error;
    throw error;
  }
}
