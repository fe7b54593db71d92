import { dedupIdOf } from "../../domain/dedup.js";
import { SluiceError, TopicPaused } from "../../domain/errors.js";
import { invariant } from "../../domain/invariant.js";
import type { MessageContent } from "../../domain/message.js";
import type { PublishResult } from "../../domain/publish-result.js";
import { type Topic, publishIsPaused } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { findTopic } from "../lookup.js";
import { keyMissing, publish, throwIfStorageFailedAll } from "../publish/publish.js";
import { type ToDelay, delayMessages } from "./delay-messages.js";

/** A message to be published: now, or at a time. */
export interface Draft {
  readonly content: MessageContent;
  readonly deliverAtMs?: number;
}

/**
 * Publishes messages, or stores those that are to be published later. Returns one result for each, in their order. Of
 * those with the same dedupId only the first is stored: within this publish, and within the topic's window.
 * @throws {TopicNotFound} {TopicPaused}, and the store's own error if it kept every message from being stored.
 */
export async function publishOrDelay(
  engine: Engine,
  topicName: string,
  drafts: readonly Draft[],
): Promise<readonly PublishResult[]> {
  if (drafts.every(({ content }) => content.dedupId === undefined))
    return await publishFirsts(engine, topicName, drafts);
  const topic = await findTopic(engine, topicName);
  const firsts = firstsIn(topic, drafts);
  const own = drafts.filter((_, index) => firsts[index] === index);
  const stored = (await publishFirsts(engine, topicName, own)).values();
  const results: PublishResult[] = [];
  drafts.forEach((_, index) => {
    const first = firsts[index] as number;
    results.push(first === index ? (stored.next().value as PublishResult) : repeated(results[first]));
  });
  const messages = results.filter((result) => result.kind !== "failed" && result.isRepeat).length;
  if (messages > 0)
    engine.telemetry.event("messages-deduplicated", "info", { topic: topic.name, uid: topic.uid, messages });
  return results;
}

/** For each message the index of the first one with its dedupId: its own if it has none, or is refused anyway. */
function firstsIn(topic: Topic, drafts: readonly Draft[]): readonly number[] {
  const known = new Map<string, number>();
  return drafts.map((draft, index) => {
    const dedupId = isWrong(topic, draft) ? undefined : dedupIdOf(topic, draft.content);
    if (dedupId === undefined) return index;
    const first = known.get(dedupId) ?? index;
    known.set(dedupId, first);
    return first;
  });
}

/** What the first one failed by is so of its repeat. */
const repeated = (first: PublishResult | undefined): PublishResult => {
  invariant(first !== undefined, "a repeat comes after its first one");
  return first.kind === "failed" ? first : { ...first, isRepeat: true };
};

const isWrong = ({ ordering }: Topic, { content }: Draft): boolean =>
  ordering === "key" && content.key === undefined;

async function publishFirsts(
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
  const later = drafts.filter(
    (draft): draft is ToDelay => draft.deliverAtMs !== undefined && !isWrong(topic, draft),
  );
  const now = drafts.filter(({ deliverAtMs }) => deliverAtMs === undefined);
  const [published, delayed] = await Promise.all([
    publishNow(engine, topicName, now),
    delayMessages(engine, topic, later),
  ]);
  const [nextPublished, nextDelayed] = [published.values(), delayed.values()];
  const results = drafts.map((draft) => {
    if (draft.deliverAtMs === undefined) return nextPublished.next().value as PublishResult;
    return isWrong(topic, draft) ? keyMissing() : (nextDelayed.next().value as PublishResult);
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
