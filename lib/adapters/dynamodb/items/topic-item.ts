import { TOPIC_DEFAULTS, type Topic } from "../../../domain/topic.js";
import { FORMAT, readable } from "./format.js";

export const TOPICS = "topics";

/**
 * The settings are one attribute, so that a new setting needs no new expression. The other attributes are what
 * conditions compare. `subs` counts the topic's subscriptions.
 */
export const topicItem = (topic: Topic) => ({
  pk: TOPICS,
  sk: topic.name,
  f: FORMAT,
  uid: topic.uid,
  v: topic.version,
  subs: 0,
  topic,
});

/**
 * undefined if there is no item, or only the tombstone of a deleted topic. One that an older release wrote lacks newer
 * settings.
 */
export function topicOf(item: Record<string, unknown> | undefined): Topic | undefined {
  const topic = readable(item)?.topic as Topic | undefined;
  return (
    topic && { ...topic, dedupWindowSeconds: topic.dedupWindowSeconds ?? TOPIC_DEFAULTS.dedupWindowSeconds }
  );
}

/** Blocks the name of a deleted topic. `expiresAt` is the TTL attribute, in seconds. */
export const tombstoneItem = (name: string, untilMs: number) => ({
  pk: TOPICS,
  sk: name,
  f: FORMAT,
  tombstoneUntil: untilMs,
  expiresAt: Math.ceil(untilMs / 1_000),
});
