import { SEGMENT_CLASSES_DAYS, segmentKey } from "../../domain/segment-key.js";
import type { TopicRef } from "../../domain/topic.js";
import type { Engine } from "../engine.js";

/**
 * Deletes the object that was named so, whatever class it is in: that depends on settings of the time at which it was
 * made. @throws {Throttled} {StorageUnavailable}
 */
export async function deleteNamed({ segments }: Engine, topic: TopicRef, name: string): Promise<void> {
  await Promise.all(SEGMENT_CLASSES_DAYS.map((days) => segments.delete(segmentKey(days, topic, name))));
}
