import type { DeadLetter, MessageCopy } from "../../domain/dead-letter.js";
import type { Erased } from "../../domain/message.js";
import { MessageNotFound, MessageOutOfReach } from "../../domain/errors.js";
import type { FoundMessage, StoredContent } from "../../domain/found-message.js";
import { type MessageAddress, parseGivenId, parseMessageId } from "../../domain/message-id.js";
import { type OutboxMessage, REFUSED_FOR_MS, isOutboxName, writtenAtMs } from "../../domain/outbox.js";
import type { Slot } from "../../domain/slot.js";
import { UnreadableSlot } from "../../domain/slot-codec.js";
import type { Topic } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { addressOf } from "../log/address-of.js";
import { liveSlotAt } from "../log/live-slot-at.js";
import { openCopy } from "../log/message-copy.js";
import { messageAt, openSlot } from "../log/open-slot.js";
import { refusedNamed } from "../log/refused-named.js";
import { everySubscription, findTopic } from "../lookup.js";
import { memoryBytesOfSlot } from "../memory-budget.js";
import { unreadableAt } from "../read/unreadable-at.js";

/** Refused messages are looked through page by page: as many are kept as two weeks bring. */
const REFUSED_PAGES = 20;
/** Subscriptions whose dead letters are asked side by side, and how many of a topic are asked at the most. */
const ASKED_AT_ONCE = 25;
const ASKED_AT_MOST = 1_000;

/**
 * A message by its id, wherever it is: not due yet, in the outbox, in the log, or in dead letters alone. What is on its
 * way is looked for where it comes from first: it is taken from there as it is put into the log.
 * @throws {TopicNotFound} {MessageNotFound}
 * @throws {MessageOutOfReach} if so much was published since it was due that it was not found in time
 */
export async function findMessage(engine: Engine, id: string): Promise<FoundMessage> {
  const given = parseGivenId(id);
  const name = given?.topic ?? parseMessageId(id)?.topic.name;
  if (name === undefined) throw new MessageNotFound("", id);
  const outboxName = id.slice(name.length + 1);
  const isFromOutbox = given !== undefined && isOutboxName(outboxName);
  // It may wait there for a topic that is not made yet.
  const waiting = isFromOutbox ? await engine.outbox.find(name, outboxName) : undefined;
  if (waiting) return { ...named(id, name), state: "outbox", ...fromOutbox(waiting) };
  const topic = await findTopic(engine, name);
  const found =
    (given ? await scheduled(engine, topic, id) : undefined) ??
    (await published(engine, topic, id)) ??
    (isFromOutbox ? await refused(engine, topic, outboxName, id) : undefined) ??
    (await deadLetter(engine, topic, id));
  if (!found) throw new MessageNotFound(name, id);
  return found;
}

const named = (id: string, topic: string) => ({ id, topic });

function fromOutbox(message: OutboxMessage): { readonly writtenAtMs: number } & StoredContent {
  const { content, fault, name } = message;
  const written = { writtenAtMs: writtenAtMs(name) };
  return content
    ? { ...written, content }
    : { ...written, unreadable: fault ?? "written-by-a-newer-release" };
}

async function scheduled(engine: Engine, topic: Topic, id: string): Promise<FoundMessage | undefined> {
  const delayed = await engine.delayed.get(topic, id);
  if (!delayed) return undefined;
  const { copy, ...entry } = delayed;
  return { ...named(id, topic.name), state: "scheduled", entry, ...(await opened(engine, copy)) };
}

async function opened(engine: Engine, copy: MessageCopy): Promise<StoredContent> {
  const content = await openCopy(engine, copy);
  return content instanceof UnreadableSlot ? { unreadable: content.reason } : { content };
}

/** Where a message lies in the log; undefined if it is not there. @throws {MessageOutOfReach} */
export async function placeOf(
  engine: Engine,
  topic: Topic,
  id: string,
): Promise<{ readonly address: MessageAddress; readonly slot: Slot } | undefined> {
  const address = await addressOf(engine, topic, id);
  if (address === "too-far")
    throw new MessageOutOfReach(id, "was not found in time: too much was published since it was due");
  const slot = address && (await liveSlotAt(engine, address, address.offset));
  return address && slot && { address, slot };
}

async function published(engine: Engine, topic: Topic, id: string): Promise<FoundMessage | undefined> {
  const place = await placeOf(engine, topic, id);
  if (!place) return undefined;
  const { address, slot } = place;
  const there = { ...named(id, topic.name), state: "published" as const };
  const read = await engine.budget.receiving(memoryBytesOfSlot(slot), () => openSlot(engine, slot, address));
  if (read.kind === "expired") return undefined;
  if (read.kind === "readable") {
    const message = messageAt(address, slot, read.messages, address.offset);
    // The id names another one that was given its id before: it is found by that.
    if (message.id !== id) return undefined;
    if (message.erased) return erased(id, topic, slot, message.erased);
    const expiresAtMs = Math.min(slot.expiresAtMs, message.expiresAtMs ?? Infinity);
    return { ...there, message, expiresAtMs };
  }
  const { message, expiresAtMs = Infinity } = unreadableAt(address, slot, address.offset, read.reason);
  return { ...there, message: { ...message, id }, expiresAtMs: Math.min(slot.expiresAtMs, expiresAtMs) };
}

function erased(
  id: string,
  topic: Topic,
  { publishedAtMs, expiresAtMs }: Slot,
  { object: _, upload: __, ...erasure }: Erased,
): FoundMessage {
  return { ...named(id, topic.name), state: "erased", erasure, publishedAtMs, expiresAtMs };
}

async function refused(
  engine: Engine,
  { name: topic }: Topic,
  name: string,
  id: string,
): Promise<FoundMessage | undefined> {
  const found = await refusedNamed(engine, topic, name, REFUSED_PAGES);
  if (!found) return undefined;
  const { why, refusedAtMs, erased: erasure } = found;
  if (erasure)
    return { ...named(id, topic), state: "erased", erasure, expiresAtMs: refusedAtMs + REFUSED_FOR_MS };
  return { ...named(id, topic), state: "refused", ...fromOutbox(found), why, refusedAtMs };
}

/** The dead letter of the first subscription that has one. */
async function deadLetter(engine: Engine, topic: Topic, id: string): Promise<FoundMessage | undefined> {
  const nowMs = engine.clock.nowMs();
  let asked = 0;
  for await (const subscriptions of everySubscription(engine, topic)) {
    for (let from = 0; from < subscriptions.length; from += ASKED_AT_ONCE) {
      const some = subscriptions.slice(from, from + ASKED_AT_ONCE);
      const letters = await Promise.all(some.map((one) => engine.deadLetters.get(one, id)));
      const at = letters.findIndex((letter) => letter !== undefined && letter.expiresAtMs > nowMs);
      const [letter, subscription] = [letters[at], some[at]];
      if (letter && subscription) return await fromLetter(engine, topic, subscription.name, letter);
    }
    asked += subscriptions.length;
    if (asked >= ASKED_AT_MOST) return undefined;
  }
  return undefined;
}

async function fromLetter(
  engine: Engine,
  topic: Topic,
  subscription: string,
  { copy, failures: _, ...entry }: DeadLetter,
): Promise<FoundMessage> {
  return {
    ...named(entry.id, topic.name),
    ...{ state: "dead-letter", subscription, entry },
    ...(await opened(engine, copy)),
  };
}
