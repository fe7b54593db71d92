import { TopicNotFound } from "../../domain/errors.js";
import type { Erasure } from "../../domain/message.js";
import {
  type OutboxMessage,
  type RefusedMessage,
  outboxMessageId,
  writtenAtMs,
} from "../../domain/outbox.js";
import type { Page, PageRequest } from "../../domain/page.js";
import { publishIsPaused } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { findTopic } from "../lookup.js";

/** What a message in the outbox waits for. */
export type OutboxWaitsFor = "relay" | "topic" | "pause" | "newer-release";

/** A message that is not in the log yet, or that its topic refused. */
export interface OutboxEntry {
  readonly id: string;
  readonly key?: string;
  readonly tag?: string;
  readonly businessKey?: string;
  readonly sizeBytes: number;
  readonly writtenAtMs: number;
  /** Of one that waits. */
  readonly waitsFor?: OutboxWaitsFor;
  /** Of one that was refused. */
  readonly why?: string;
  readonly refusedAtMs?: number;
  /** Of one whose content was taken out. */
  readonly erased?: Erasure;
}

/** Lists what waits in a topic's outbox, shard by shard. The topic need not be there: they may wait for that. */
export async function listWaiting(
  engine: Engine,
  topicName: string,
  page: PageRequest,
): Promise<Page<OutboxEntry>> {
  const waitsFor = await topicWaitsFor(engine, topicName);
  const { items, ...more } = await engine.outbox.list(topicName, page);
  return {
    ...more,
    items: items.map((message) => ({
      ...entryOf(message),
      waitsFor: message.isTooNew ? "newer-release" : waitsFor,
    })),
  };
}

/** Lists what a topic refused, the oldest refusal first. */
export async function listRefused(
  engine: Engine,
  topicName: string,
  page: PageRequest,
): Promise<Page<OutboxEntry>> {
  const { items, ...more } = await engine.outbox.refused(topicName, page);
  return { ...more, items: items.map(refusedEntry) };
}

async function topicWaitsFor(engine: Engine, name: string): Promise<OutboxWaitsFor> {
  try {
    return publishIsPaused(await findTopic(engine, name)) ? "pause" : "relay";
  } catch (error) {
    if (error instanceof TopicNotFound) return "topic";
    throw error;
  }
}

const refusedEntry = (message: RefusedMessage): OutboxEntry => ({
  ...entryOf(message),
  why: message.why,
  refusedAtMs: message.refusedAtMs,
  ...(message.erased ? { erased: message.erased } : {}),
});

function entryOf(message: OutboxMessage): OutboxEntry {
  const { content, sizeBytes, name } = message;
  const { key, tag, businessKey } = content ?? {};
  return {
    id: outboxMessageId(message),
    sizeBytes,
    writtenAtMs: writtenAtMs(name),
    ...(key === undefined ? {} : { key }),
    ...(tag === undefined ? {} : { tag }),
    ...(businessKey === undefined ? {} : { businessKey }),
  };
}
