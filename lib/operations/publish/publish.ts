import { DEDUP_IDS_AT_MOST, dedupIdsOf } from "../../domain/dedup.js";
import { InvalidRequest, SluiceError, TopicPaused } from "../../domain/errors.js";
import { type MessageContent, messageSizeBytes } from "../../domain/message.js";
import { idOf } from "../../domain/message-id.js";
import type { Packed, Parcel, ParcelResult } from "../../domain/parcel.js";
import type { PublishResult } from "../../domain/publish-result.js";
import type { SentRequest } from "../../domain/sent-request.js";
import { type Topic, partitionFor, publishIsPaused } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { findTopic } from "../lookup.js";
import { appendMessages } from "./append-messages.js";
import { appendOnce } from "./append-once.js";
import { appendPacked, isPackable } from "./pack.js";
import { appendOncePacked } from "./pack-once.js";

/** A slot's size: what a consumer can decode in a small function without trouble. */
export const SLOT_LIMIT_BYTES = 4 * 1024 * 1024;
const SLOT_LIMIT_MESSAGES = 1_000;

/** The indexes in the request of the messages that share a slot. */
interface Group {
  readonly indexes: number[];
  sizeBytes: number;
  dedupIds: number;
}

/** The groups of one partition in order, or those that may go to any partition. */
interface Chain {
  readonly partition: number | undefined;
  readonly groups: Group[];
}

/**
 * Appends messages to a topic in as few slots as possible, in the order given. Publishes that are in flight at once
 * share slots. Returns one result for each message, in the same order. No dedupId is given twice.
 * `request`: they may be sent again, and are stored one part after the other.
 * @throws {TopicNotFound} {TopicPaused}, and the store's own error if it kept every message from being stored.
 */
export async function publish(
  engine: Engine,
  topicName: string,
  messages: readonly MessageContent[],
  request?: PlacedRequest,
): Promise<readonly PublishResult[]> {
  const topic = await findTopic(engine, topicName);
  if (publishIsPaused(topic)) throw new TopicPaused(topicName);
  const appended = messages.map((): PublishResult | undefined => undefined);
  const chains = chainsOf(topic, messages);
  if (request) await publishParts(engine, topic, messages, chains, request, appended);
  else await Promise.all(chains.map((chain) => publishChain(engine, topic, messages, chain, appended)));
  const results = appended.map((result) => result ?? keyMissing());
  throwIfStorageFailedAll(results);
  return results;
}

/** Created only when needed: creating an error with its stack for every message took a third of a publish. */
export const keyMissing = (): PublishResult => ({
  kind: "failed",
  error: new InvalidRequest([{ path: "key", detail: 'is required: the topic\'s ordering is "key"' }]),
});

function chainsOf(topic: Topic, messages: readonly MessageContent[]): readonly Chain[] {
  const chains = new Map<number | undefined, Chain>();
  messages.forEach((message, index) => {
    if (topic.ordering === "key" && message.key === undefined) return;
    const partition = partitionFor(topic, message.key);
    const chain = chains.get(partition) ?? { partition, groups: [] };
    chains.set(partition, chain);
    addTo(chain.groups, index, messageSizeBytes(message), dedupIdsOf(topic, message).length);
  });
  return [...chains.values()];
}

function addTo(groups: Group[], index: number, sizeBytes: number, dedupIds: number): void {
  const last = groups.at(-1);
  if (
    !last ||
    last.indexes.length >= SLOT_LIMIT_MESSAGES ||
    last.sizeBytes + sizeBytes > SLOT_LIMIT_BYTES ||
    last.dedupIds + dedupIds > DEDUP_IDS_AT_MOST
  ) {
    groups.push({ indexes: [index], sizeBytes, dedupIds });
    return;
  }
  last.indexes.push(index);
  last.sizeBytes += sizeBytes;
  last.dedupIds += dedupIds;
}

/**
 * Appends one slot after the other. The first failure also fails the slots after it, which would otherwise overtake it.
 * A chain of several slots shares none: its slots would overtake each other.
 */
async function publishChain(
  engine: Engine,
  topic: Topic,
  messages: readonly MessageContent[],
  { partition, groups }: Chain,
  results: (PublishResult | undefined)[],
): Promise<void> {
  let failure: SluiceError | undefined;
  for (const { indexes, sizeBytes, dedupIds } of groups) {
    const contents = indexes.map((index) => messages[index] as MessageContent);
    const parcel = { contents, sizeBytes };
    const isAlone = groups.length > 1 || !isPackable(parcel);
    const append = dedupIds > 0 ? appendParcelOnce : appendParcel;
    const outcome = failure ?? (await append(engine, topic, parcel, partition, isAlone));
    if (outcome instanceof SluiceError) failure = outcome;
    indexes.forEach((index, place) => {
      results[index] = resultAt(topic, contents, outcome, place);
    });
  }
}

/** The messages' places in their request, and which of them begins the part that goes first. */
export interface PlacedRequest extends SentRequest {
  readonly indexes: readonly number[];
  readonly headIndex: number;
}

/**
 * Appends a request's slots one after the other. The first failure ends it: whoever sends it again has the rest stored.
 * So nothing is stored of a request whose key another one has.
 */
async function publishParts(
  engine: Engine,
  topic: Topic,
  messages: readonly MessageContent[],
  chains: readonly Chain[],
  { key, fingerprint, indexes: all, headIndex }: PlacedRequest,
  results: (PublishResult | undefined)[],
): Promise<void> {
  let failure: SluiceError | undefined;
  for (const { partition, groups } of chains) {
    for (const group of groups) {
      const contents = group.indexes.map((index) => messages[index] as MessageContent);
      const indexes = group.indexes.map((index) => all[index] as number);
      const part = { key, fingerprint, indexes, isHead: indexes[0] === headIndex };
      const each = failure ?? (await appendOnce(engine, topic, contents, partition, part));
      if (each instanceof SluiceError) failure = each;
      group.indexes.forEach((index, place) => {
        results[index] = resultAt(topic, contents, each instanceof SluiceError ? each : { each }, place);
      });
    }
  }
}

function resultAt(
  topic: Topic,
  contents: readonly MessageContent[],
  outcome: ParcelResult,
  place: number,
): PublishResult {
  if (outcome instanceof SluiceError) return { kind: "failed", error: outcome };
  if ("each" in outcome) return outcome.each[place] as PublishResult;
  return published(topic, contents[place] as MessageContent, outcome, place);
}

async function appendParcelOnce(
  engine: Engine,
  topic: Topic,
  parcel: Parcel,
  partition: number | undefined,
  isAlone: boolean,
): Promise<ParcelResult> {
  if (!isAlone) return await appendOncePacked(engine, topic, parcel, partition);
  const each = await appendOnce(engine, topic, parcel.contents, partition);
  return each instanceof SluiceError ? each : { each };
}

async function appendParcel(
  engine: Engine,
  topic: Topic,
  parcel: Parcel,
  partition: number | undefined,
  isAlone: boolean,
): Promise<ParcelResult> {
  if (!isAlone) return await appendPacked(engine, topic, parcel, partition);
  const outcome = await appendMessages(engine, topic, parcel.contents, partition);
  return outcome instanceof SluiceError ? outcome : { ...outcome, from: 0 };
}

function published(
  topic: Topic,
  content: MessageContent,
  { partition, slot, from }: Packed,
  place: number,
): PublishResult {
  const id = idOf(content, { topic, partition, offset: slot.base + from + place });
  return { kind: "published", id, publishedAtMs: slot.publishedAtMs };
}

/** If the store failed every message, the whole request fails, so that its sender can simply repeat it. */
export function throwIfStorageFailedAll(results: readonly PublishResult[]): void {
  const first = results[0];
  if (first?.kind !== "failed" || first.error.retryAfterMs === undefined) return;
  if (results.every((result) => result.kind === "failed" && result.error.retryAfterMs !== undefined))
    throw first.error;
}
