import {
  type DeadLetter,
  type DeadLetterEntry,
  type DeadLetterQuery,
  LETTERS_IN_A_MOVE,
  type LetterAct,
  type KeptAct,
  type LetterEnd,
  REDRIVEN_IN_A_MOVE,
} from "../../domain/dead-letter.js";
import { Conflict, DeadLetterNotFound } from "../../domain/errors.js";
import type { MessageContent } from "../../domain/message.js";
import type { Page, PageRequest } from "../../domain/page.js";
import { UnreadableSlot } from "../../domain/slot-codec.js";
import type { Reader } from "../../domain/reader.js";
import { backOff } from "../contention.js";
import type { Engine } from "../engine.js";
import { openCopy } from "../log/message-copy.js";
import { announced } from "../log/announce.js";
import { findSubscription } from "../lookup.js";
import { endDeadLetters, wakeUpHeld } from "../redrive/end-dead-letters.js";

/** A dead letter with its message, or with the reason why its copy cannot be read. */
export type OpenedDeadLetter = DeadLetterEntry &
  Pick<DeadLetter, "failures"> &
  ({ readonly message: MessageContent } | { readonly unreadable: UnreadableSlot["reason"] });

/** What a purge removed, and whether its time was over before the end. */
export interface Purged {
  readonly deleted: number;
  readonly more: boolean;
}

/** How long one request works off dead letters, well within what its caller waits. */
export const WORK_MS = 10_000;
const ATTEMPTS = 8;

/**
 * Lists the dead letters of a subscription, longest dead first, without their content.
 * @throws {TopicNotFound} {SubscriptionNotFound}
 * @throws {InvalidRequest} for a cursor that is not valid
 */
export async function listDeadLetters(
  engine: Engine,
  topicName: string,
  subscriptionName: string,
  filter: Omit<DeadLetterQuery, "nowMs">,
  page: PageRequest,
): Promise<Page<DeadLetterEntry>> {
  const { subscription } = await findSubscription(engine, topicName, subscriptionName);
  return await engine.deadLetters.list(subscription, { ...filter, nowMs: engine.clock.nowMs() }, page);
}

/** @throws {TopicNotFound} {SubscriptionNotFound} {DeadLetterNotFound} */
export async function readDeadLetter(
  engine: Engine,
  topicName: string,
  subscriptionName: string,
  id: string,
): Promise<OpenedDeadLetter> {
  const reader = await findSubscription(engine, topicName, subscriptionName);
  const { copy, ...entry } = await aliveOne(engine, reader, id);
  const message = await openCopy(engine, copy);
  return message instanceof UnreadableSlot ? { ...entry, unreadable: message.reason } : { ...entry, message };
}

/** @throws {DeadLetterNotFound} also for one that has expired, though it is still stored */
async function aliveOne(
  { deadLetters, clock }: Engine,
  { topic, subscription }: Reader,
  id: string,
): Promise<DeadLetter> {
  const letter = await deadLetters.get(subscription, id);
  if (!letter || letter.expiresAtMs <= clock.nowMs())
    throw new DeadLetterNotFound(topic.name, subscription.name, id);
  return letter;
}

/**
 * Deletes one dead letter for good. An object that holds its message is left to its lifecycle.
 * @throws {TopicNotFound} {SubscriptionNotFound} {DeadLetterNotFound} {Conflict}
 */
export async function deleteDeadLetter(
  engine: Engine,
  topicName: string,
  subscriptionName: string,
  id: string,
  by?: string,
): Promise<void> {
  const reader = await findSubscription(engine, topicName, subscriptionName);
  await announcedIfHeld(engine, reader, async () => {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const letter = await aliveOne(engine, reader, id);
      const ended = await endDeadLetters(engine, reader, [letter], actNow(engine, "deleted", by));
      if (ended !== "conflict") {
        tellDeleted(engine, reader, 1);
        return ended === "ended-holds";
      }
      await backOff(engine, attempt);
    }
    throw new Conflict(`deleting dead letter "${id}"`);
  });
}

/**
 * Where a key may hold for a dead letter that ends: has those deliver on who do. The topic is marked before, so that
 * the clock does it if this process dies.
 */
async function announcedIfHeld(engine: Engine, reader: Reader, end: () => Promise<boolean>): Promise<void> {
  const { topic, subscription } = reader;
  if (topic.ordering === "none" || subscription.deadLetter.onDeadLetter === undefined)
    return void (await end());
  if (await announced(engine, topic, end)) await wakeUpHeld(engine, reader);
}

/**
 * Deletes the dead letters that are there when it begins, for as long as one request may work. Call it again for the
 * rest.
 * @throws {TopicNotFound} {SubscriptionNotFound} {Conflict}
 */
export async function purgeDeadLetters(
  engine: Engine,
  topicName: string,
  subscriptionName: string,
  by?: string,
): Promise<Purged> {
  const reader = await findSubscription(engine, topicName, subscriptionName);
  const beganMs = engine.clock.nowMs();
  let deleted = 0;
  let more = (await firstOf(engine, reader, beganMs)).length > 0;
  if (!more) return { deleted, more };
  try {
    await announcedIfHeld(engine, reader, async () => {
      let [races, hadHolds] = [0, false];
      while (more && engine.clock.nowMs() < beganMs + WORK_MS) {
        const before = await firstOf(engine, reader, beganMs);
        more = before.length > 0;
        if (!more) break;
        const ended = await endDeadLetters(engine, reader, before, actNow(engine, "purged", by));
        hadHolds ||= ended === "ended-holds";
        if (ended !== "conflict") deleted += before.length;
        else if (++races >= ATTEMPTS) throw new Conflict("deleting dead letters");
        else await backOff(engine, races);
      }
      return hadHolds;
    });
  } finally {
    if (deleted > 0) tellDeleted(engine, reader, deleted);
  }
  return { deleted, more };
}

/** Those deleted before are gone, so each page is the first one. */
async function firstOf(
  { deadLetters }: Engine,
  { topic, subscription }: Reader,
  beganMs: number,
): Promise<readonly DeadLetterEntry[]> {
  // Each may have the record of its key change, too.
  const limit = topic.ordering === "key" ? REDRIVEN_IN_A_MOVE : LETTERS_IN_A_MOVE;
  const { items } = await deadLetters.list(subscription, { nowMs: beganMs }, { limit });
  return items.filter(({ deadLetteredAtMs }) => deadLetteredAtMs <= beganMs);
}

const actNow = ({ clock }: Engine, kind: LetterEnd, by: string | undefined): LetterAct => ({
  kind,
  atMs: clock.nowMs(),
  ...(by === undefined ? {} : { by }),
});

/**
 * What became of the dead letters of one message: who sent them again, mended or deleted them, and when. It is known
 * as long as the dead letter would have been kept.
 * @throws {TopicNotFound} {SubscriptionNotFound} {DeadLetterNotFound} if there is and was none
 */
export async function historyOfDeadLetter(
  engine: Engine,
  topicName: string,
  subscriptionName: string,
  id: string,
): Promise<readonly KeptAct[]> {
  const { deadLetters, clock } = engine;
  const reader = await findSubscription(engine, topicName, subscriptionName);
  const acts = await deadLetters.acts(reader.subscription, id);
  const known = acts.filter(({ expiresAtMs }) => expiresAtMs > clock.nowMs());
  if (known.length === 0) await aliveOne(engine, reader, id);
  return known;
}

function tellDeleted({ telemetry }: Engine, { topic, subscription }: Reader, messages: number): void {
  const fields = { topic: topic.name, subscription: subscription.name, messages };
  telemetry.event("dead-letters-deleted", "info", fields);
}
