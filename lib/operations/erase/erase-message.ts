import { CANCELLED_FOR_MS, delayedObjectName } from "../../domain/delayed.js";
import { Conflict, MessageNotFound } from "../../domain/errors.js";
import type { Erasure } from "../../domain/message.js";
import { parseGivenId, parseMessageId } from "../../domain/message-id.js";
import type { Topic, TopicRef } from "../../domain/topic.js";
import { backOff } from "../contention.js";
import type { Engine } from "../engine.js";
import { findTopic, noteErasure } from "../lookup.js";
import { type ErasedCopies, type Erasing, eraseCopies } from "./erase-copies.js";
import { eraseInLog } from "./erase-in-log.js";
import { eraseInOutbox } from "./erase-in-outbox.js";
import { deleteNamed, deleteUpload } from "./objects.js";

/** Whoever has read the message before copies it within this time at the latest, or not at all (lookup.ts). */
export const AGAIN_AFTER_MS = 2 * 60_000;
/** How long one request works on copies, well within what its caller waits. The clock goes on with what is left. */
const WORK_MS = 10_000;
const CHANGE_ATTEMPTS = 16;

/** A message whose content was taken out. Times are epoch milliseconds. */
export interface ErasedMessage extends Erasure {
  readonly id: string;
  /** It was not published yet, and never is. */
  readonly isCancelled: boolean;
}

/**
 * Takes a message's content out for good, whoever waits for it: from its slot, where its place stays as a gap that says
 * so, and from what subscriptions have of it. Nobody gets it any more but from what was read before, within a minute.
 * The clock looks again two minutes later for what was copied meanwhile, so a crash anywhere leaves nothing behind once
 * the message's slot, or the clock's timer, is written. To erase it again does no harm: it tells who did it first.
 * @throws {TopicNotFound} {MessageNotFound} {MessageOutOfReach} {Conflict}
 */
export async function eraseMessage(
  engine: Engine,
  id: string,
  by: string | undefined,
): Promise<ErasedMessage> {
  const name = parseGivenId(id)?.topic ?? parseMessageId(id)?.topic.name;
  if (name === undefined) throw new MessageNotFound("", id);
  const erasure: Erasure = { atMs: engine.clock.nowMs(), ...(by === undefined ? {} : { by }) };
  // It may wait there for a topic that is not made yet. From there it goes into the log, and never back.
  const onItsWay = await eraseInOutbox(engine, id, erasure);
  if (onItsWay) return told(engine, { name }, { id, ...onItsWay, isCancelled: true });
  const topic = await findTopic(engine, name);
  if (await cancelled(engine, topic, id)) return told(engine, topic, { id, ...erasure, isCancelled: true });
  const dueMs = erasure.atMs + AGAIN_AFTER_MS;
  const timer = { kind: "erase", dueMs, topic: { name, uid: topic.uid }, message: id, erasure } as const;
  const prepare = (): Promise<void> => engine.timers.set(timer);
  const inLog = await eraseInLog(engine, topic, id, { erasure, prepare });
  const untilMs = engine.clock.nowMs() + WORK_MS;
  const { hadLetter, isPart } = await takeOut(engine, topic, { id, erasure, inLog, untilMs });
  if (!inLog && !hadLetter && !isPart) throw new MessageNotFound(name, id);
  if (!inLog && isPart) await prepare();
  const { atMs, by: who } = inLog?.erased ?? erasure;
  return told(engine, topic, { id, atMs, ...(who === undefined ? {} : { by: who }), isCancelled: false });
}

/** What is copied of a message, or kept of it in memory. `isPart`: not all of it could be taken out in time. */
export async function takeOut(engine: Engine, topic: Topic, erasing: Erasing): Promise<ErasedCopies> {
  const { id, inLog } = erasing;
  if (inLog) await noteErased(engine, topic);
  const object = delayedObjectName(id);
  // Of a message that was delayed: it outlives its publish.
  if (object !== undefined) await deleteNamed(engine, topic, object);
  return await eraseCopies(engine, topic, erasing);
}

/** A publish takes it away by the same condition: one of them wins. */
async function cancelled(engine: Engine, topic: Topic, id: string): Promise<boolean> {
  const object = delayedObjectName(id);
  if (object === undefined) return false;
  const delayed = await engine.delayed.get(topic, id);
  if (delayed) await deleteUpload(engine, topic, delayed.copy);
  const rememberedUntilMs = engine.clock.nowMs() + CANCELLED_FOR_MS;
  if ((await engine.delayed.cancel(topic, id, rememberedUntilMs)) === "gone") return false;
  await deleteNamed(engine, topic, object);
  return true;
}

/** Has every process that keeps decoded messages of the topic drop them: they read it every few seconds. */
async function noteErased(engine: Engine, { name, uid }: TopicRef): Promise<void> {
  const { topics, caches, clock } = engine;
  for (let attempt = 1; attempt <= CHANGE_ATTEMPTS; attempt++) {
    const topic = await topics.get(name);
    if (topic?.uid !== uid) return;
    const erasedAtMs = Math.max(clock.nowMs(), (topic.erasedAtMs ?? 0) + 1);
    const noted = { ...topic, erasedAtMs, version: topic.version + 1 };
    if ((await topics.update(noted)) === "updated") {
      caches.topics.delete(name);
      return noteErasure(engine, noted);
    }
    await backOff(engine, attempt);
  }
  throw new Conflict(`noting that a message of topic "${name}" was erased`);
}

function told(
  { telemetry }: Engine,
  { name }: Pick<TopicRef, "name">,
  { id, atMs, by, isCancelled }: ErasedMessage,
): ErasedMessage {
  const who = by === undefined ? {} : { by };
  telemetry.event("message-erased", "info", { topic: name, id, atMs, isCancelled, ...who });
  return { id, atMs, ...who, isCancelled };
}
