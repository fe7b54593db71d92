import { SluiceError, TopicPaused } from "../../domain/errors.js";
import type { MessageContent } from "../../domain/message.js";
import { publishIsPaused } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { findTopic } from "../lookup.js";
import { type PublishResult, keyMissing, publish, throwIfStorageFailedAll } from "../publish/publish.js";
import { type ToDelay, delayMessages } from "./delay-messages.js";

/** A message to be published: now, or at a time. */
export interface Draft {
  readonly content: MessageContent;
  readonly deliverAtMs?: number;
}

/**
 * Publishes messages, or stores those that are to be published later. Returns one result for each, in their order.
 * @throws {TopicNotFound} {TopicPaused}, and the store's own error if it kept every message from being stored.
 */
export async function publishOrDelay(
  engine: Engine,
  topicName: string,
  drafts: readonly Draft[],
): Promise<readonly PublishResult[]> {
  if (drafts.every(({ deliverAtMs }) => deliverAtMs === undefined))
    return await publish(
      engine,
      topicName,
      drafts.map(({ content }) => content),
    );
  const topic = await findTopic(engine, topicName);
  if (publishIsPaused(topic)) throw new TopicPaused(topicName);
  const isWrong = ({ content }: Draft): boolean => topic.ordering === "key" && content.key === undefined;
  const later = drafts.filter(
    (draft): draft is ToDelay => draft.deliverAtMs !== undefined && !isWrong(draft),
  );
  const now = drafts.filter(({ deliverAtMs }) => deliverAtMs === undefined);
  const [published, delayed] = await Promise.all([
    publishNow(engine, topicName, now),
    delayMessages(engine, topic, later),
  ]);
  const [nextPublished, nextDelayed] = [published.values(), delayed.values()];
  const results = drafts.map((draft) => {
    if (draft.deliverAtMs === undefined) return nextPublished.next().value as PublishResult;
    return isWrong(draft) ? keyMissing() : (nextDelayed.next().value as PublishResult);
  });
  throwIfStorageFailedAll(results);
  return results;
}

/** A failure of all that go now says nothing of the others. */
async function publishNow(
  engine: Engine,
  topicName: string,
  drafts: readonly Draft[],
): Promise<readonly PublishResult[]> {
  if (drafts.length === 0) return [];
  try {
    return await publish(
      engine,
      topicName,
      drafts.map(({ content }) => content),
    );
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    return drafts.map(() => ({ kind: "failed", error }));
  }
}
