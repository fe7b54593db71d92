import type { Topic } from "../../../domain/topic.js";
import { FORMAT, readable } from "./format.js";

export const TOPICS = "topics";

/**
 * The settings lie in one attribute, so that a new one needs no new expression; beside is what conditions look at.
 * `subs` counts its subscriptions.
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

/** undefined: nothing is there, or the tombstone of a deleted topic. */
export const topicOf = (item: Record<string, unknown> | undefined): Topic | undefined =>
  readable(item)?.topic as Topic | undefined;

/** Bars the name of a deleted topic. `expiresAt` is the TTL attribute, in seconds. */
export const tombstoneItem = (name: string, untilMs: number) => ({
  pk: TOPICS,
  sk: name,
  f: FORMAT,
  tombstoneUntil: untilMs,
  expiresAt: Math.ceil(untilMs / 1_000),
});
