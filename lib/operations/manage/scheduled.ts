import { CANCELLED_FOR_MS, type DelayedEntry } from "../../domain/delayed.js";
import { AlreadyPublished, MessageNotFound } from "../../domain/errors.js";
import { parseGivenId, parseMessageId } from "../../domain/message-id.js";
import type { Page, PageRequest } from "../../domain/page.js";
import type { Engine } from "../engine.js";
import { addressOf } from "../log/address-of.js";
import { findTopic } from "../lookup.js";

/** A topic's messages that are not due yet, soonest first. @throws {TopicNotFound} {InvalidRequest} */
export async function listScheduled(
  engine: Engine,
  topicName: string,
  page: PageRequest,
): Promise<Page<DelayedEntry>> {
  return await engine.delayed.list(await findTopic(engine, topicName), page);
}

/**
 * Takes back a message that is not published yet. A publish and a cancellation take it away by the same condition: one
 * of them wins, and the other one is told. To cancel it again does no harm.
 * @throws {MessageNotFound} {AlreadyPublished}
 */
export async function cancelMessage(engine: Engine, id: string): Promise<void> {
  const topicName = parseGivenId(id)?.topic ?? parseMessageId(id)?.topic.name;
  if (topicName === undefined) throw new MessageNotFound("", id);
  const topic = await findTopic(engine, topicName);
  const rememberedUntilMs = engine.clock.nowMs() + CANCELLED_FOR_MS;
  if ((await engine.delayed.cancel(topic, id, rememberedUntilMs)) === "cancelled") {
    engine.telemetry.event("delayed-message-cancelled", "info", { topic: topicName, id });
    return;
  }
  // Published in the very write that took it away, so it is there by now, unless it has expired.
  if ((await addressOf(engine, topic, id)) === undefined) throw new MessageNotFound(topicName, id);
  throw new AlreadyPublished(id);
}
