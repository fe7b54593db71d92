import type { MessageCopy } from "../../domain/dead-letter.js";
import { SEGMENT_CLASSES_DAYS, segmentKey } from "../../domain/segment-key.js";
import type { TopicRef } from "../../domain/topic.js";
import { UnreadableSlot } from "../../domain/slot-codec.js";
import { uploadOf } from "../../domain/upload.js";
import type { Engine } from "../engine.js";
import { openCopy } from "../log/message-copy.js";

/**
 * Deletes the object that was named so, whatever class it is in: that depends on settings of the time at which it was
 * made. @throws {Throttled} {StorageUnavailable}
 */
export async function deleteNamed({ segments }: Engine, topic: TopicRef, name: string): Promise<void> {
  await Promise.all(SEGMENT_CLASSES_DAYS.map((days) => segments.delete(segmentKey(days, topic, name))));
}

/** Deletes what the body of a copied message was uploaded to. @throws {Throttled} {StorageUnavailable} */
export async function deleteUpload(engine: Engine, topic: TopicRef, copy: MessageCopy): Promise<void> {
  const content = await openCopy(engine, copy);
  const key = content instanceof UnreadableSlot ? undefined : uploadOf(topic, content);
  if (key !== undefined) await engine.segments.delete(key);
}
