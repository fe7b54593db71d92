import { dedupIdsOf, firstsOf } from "../../domain/dedup.js";
import { IdempotencyKeyReused, InvalidRequest, SluiceError, TopicPaused } from "../../domain/errors.js";
import { invariant } from "../../domain/invariant.js";
import type { MessageContent } from "../../domain/message.js";
import type { PublishResult } from "../../domain/publish-result.js";
import type { SentRequest } from "../../domain/sent-request.js";
import { type Topic, type TopicRef, publishIsPaused } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { findTopic } from "../lookup.js";
import { type PlacedRequest, keyMissing, publish, throwIfStorageFailedAll } from "../publish/publish.js";
import { type ToDelay, delayMessages } from "./delay-messages.js";
import { publishFitting } from "./publish-fitting.js";

/** A message to be published: now, or at a time. */
export interface Draft {
  readonly content: MessageContent;
  readonly deliverAtMs?: number;
  /** Its place in its request, if that may be sent again. */
  readonly index?: number;
}

/**
 * Publishes messages, or stores those that are to be published later, if their bodies fit the topic's schema. Returns
 * one result for each, in their order. Of those with the same dedupId only the first is stored: within this publish,
 * and within the topic's window. With `request`, what was stored by the same request within a day is not stored again,
 * and answered as it was then.
 * @throws {TopicNotFound} {TopicPaused} {IdempotencyKeyReused}, and the store's own error if it kept every message from
 * being stored.
 */
export async function publishOrDelay(
  engine: Engine,
  topicName: string,
  drafts: readonly Draft[],
  request?: SentRequest,
): Promise<readonly PublishResult[]> {
  const topic = await findTopic(engine, topicName);
  return await publishFitting(engine, topic, drafts, request !== undefined, (fitting) =>
    publishAll(engine, topic, fitting, request),
  );
}

async function publishAll(
  engine: Engine,
  topic: Topic,
  drafts: readonly Draft[],
  request: SentRequest | undefined,
): Promise<readonly PublishResult[]> {
  if (!request && drafts.every(({ content }) => dedupIdsOf(topic, content).length === 0))
    return await publishFirsts(engine, topic.name, drafts);
  const firsts = firstsIn(topic, drafts);
  const own = drafts.filter((_, index) => firsts[index] === index);
  const placed = request && placedIn(topic, own, request);
  const stored = (await publishFirsts(engine, topic.name, own, placed)).values();
  const results: PublishResult[] = [];
  drafts.forEach((_, index) => {
    const first = firsts[index] as number;
    results.push(first === index ? (stored.next().value as PublishResult) : repeated(results[first]));
  });
  const reused = results.find((result) => result.kind === "failed" && isReused(result.error));
  if (reused?.kind === "failed") throw reused.error;
  tellRepeats(engine, topic, results);
  return results;
}

export function tellRepeats(
  { telemetry }: Engine,
  { name, uid }: TopicRef,
  results: readonly PublishResult[],
): void {
  const messages = results.filter((result) => result.kind !== "failed" && result.isRepeat).length;
  if (messages > 0) telemetry.event("messages-deduplicated", "info", { topic: name, uid, messages });
}

/** Whether it was not stored, though nothing is wrong with it. */
const isStopped = (result: PublishResult): boolean =>
  result.kind === "failed" && !(result.error instanceof InvalidRequest);

const isReused = (error: SluiceError): boolean => error instanceof IdempotencyKeyReused;

type Head = SentRequest & { readonly headIndex: number };

/** What is published now goes before what is delayed: it begins with the first of them. */
function placedIn(topic: Topic, drafts: readonly Draft[], request: SentRequest): Head {
  const valid = drafts.filter((draft) => !isWrong(topic, draft));
  const head = valid.find(({ deliverAtMs }) => deliverAtMs === undefined) ?? valid[0];
  return { ...request, headIndex: head?.index ?? 0 };
}

const placesOf = (head: Head | undefined, drafts: readonly Draft[]): PlacedRequest | undefined =>
  head && { ...head, indexes: drafts.map(({ index = 0 }) => index) };

/** A message that is refused anyway is the first of none. */
const firstsIn = (topic: Topic, drafts: readonly Draft[]): readonly number[] =>
  firstsOf(drafts.map((draft) => (isWrong(topic, draft) ? [] : dedupIdsOf(topic, draft.content))));

/** What the first one failed by is so of its repeat. */
export const repeated = (first: PublishResult | undefined): PublishResult => {
  invariant(first !== undefined, "a repeat comes after its first one");
  return first.kind === "failed" ? first : { ...first, isRepeat: true };
};

export const isWrong = ({ ordering }: Topic, { content }: Draft): boolean =>
  ordering === "key" && content.key === undefined;

async function publishFirsts(
  engine: Engine,
  topicName: string,
  drafts: readonly Draft[],
  head?: Head,
): Promise<readonly PublishResult[]> {
  if (drafts.every(({ deliverAtMs }) => deliverAtMs === undefined))
    return await publish(
      engine,
      topicName,
      drafts.map(({ content }) => content),
      placesOf(head, drafts),
    );
  const topic = await findTopic(engine, topicName);
  if (publishIsPaused(topic)) throw new TopicPaused(topicName);
  const later = drafts.filter(
    (draft): draft is ToDelay => draft.deliverAtMs !== undefined && !isWrong(topic, draft),
  );
  const now = drafts.filter(({ deliverAtMs }) => deliverAtMs === undefined);
  const publishing = publishNow(engine, topicName, now, head);
  // What is published now is the part of a request that goes first.
  const failure = head && (await publishing).find(isStopped);
  const delaying = failure
    ? later.map(() => failure)
    : delayMessages(engine, topic, later, placesOf(head, later));
  const [published, delayed] = await Promise.all([publishing, delaying]);
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
  head: Head | undefined,
): Promise<readonly PublishResult[]> {
  if (drafts.length === 0) return [];
  try {
    return await publish(
      engine,
      topicName,
      drafts.map(({ content }) => content),
      placesOf(head, drafts),
    );
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    return drafts.map(() => ({ kind: "failed", error }));
  }
}
