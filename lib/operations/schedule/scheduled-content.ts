import { MessageTooLarge, StorageUnavailable } from "../../domain/errors.js";
import { messageSizeBytes } from "../../domain/message.js";
import type { MessageCopy } from "../../domain/dead-letter.js";
import { SCHEDULED_LIMIT_BYTES, type Schedule, type ScheduledContent } from "../../domain/schedule.js";
import { UnreadableSlot, encodeMessages } from "../../domain/slot-codec.js";
import type { Engine } from "../engine.js";
import { openCopy } from "../log/message-copy.js";

/** A message as it is stored: always in its item, since no object lives for ever. @throws {MessageTooLarge} */
export async function contentCopy(content: ScheduledContent): Promise<MessageCopy> {
  const sizeBytes = messageSizeBytes(content);
  if (sizeBytes > SCHEDULED_LIMIT_BYTES) throw new MessageTooLarge(sizeBytes, SCHEDULED_LIMIT_BYTES);
  const { bytes, encoding, unpackedBytes, checksum } = await encodeMessages([content]);
  return { encoding, unpackedBytes, checksum, content: { kind: "inline", bytes } };
}

/** A schedule's message. @throws {StorageUnavailable} for one that is damaged: until it is replaced, nothing can run */
export async function scheduledContent(
  engine: Engine,
  { name, copy }: Pick<Schedule, "name" | "copy">,
): Promise<ScheduledContent> {
  const content = await openCopy(engine, copy);
  if (content instanceof UnreadableSlot)
    throw new StorageUnavailable(`reading the message of schedule "${name}" (${content.reason})`);
  return content;
}
