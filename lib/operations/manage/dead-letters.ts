import {
  type DeadLetter,
  type DeadLetterEntry,
  type DeadLetterQuery,
  LETTERS_IN_A_MOVE,
  type LetterAct,
  type KeptAct,
  type LetterEnd,
} from "../../domain/dead-letter.js";
import { Conflict, DeadLetterNotFound } from "../../domain/errors.js";
import type { MessageContent } from "../../domain/message.js";
import type { Page, PageRequest } from "../../domain/page.js";
import { UnreadableSlot } from "../../domain/slot-codec.js";
import type { Reader } from "../../domain/reader.js";
import { backOff } from "../contention.js";
import type { Engine } from "../engine.js";
import { openCopy } from "../log/message-copy.js";
import { findSubscription } from "../lookup.js";

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
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const letter = await aliveOne(engine, reader, id);
    const move = { endedDeadLetters: [letter], act: actNow(engine, "deleted", by) };
    if ((await engine.progress.move(reader.subscription, move)) === "moved") {
      tellDeleted(engine, reader, 1);
      return;
    }
    await backOff(engine, attempt);
  }
  throw new Conflict(`deleting dead letter "${id}"`);
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
  const { clock, deadLetters, progress } = engine;
  const reader = await findSubscription(engine, topicName, subscriptionName);
  const { subscription } = reader;
  const beganMs = clock.nowMs();
  let [deleted, races] = [0, 0];
  while (clock.nowMs() < beganMs + WORK_MS) {
    // Those deleted before are gone, so each page is the first one.
    const { items } = await deadLetters.list(subscription, { nowMs: beganMs }, { limit: LETTERS_IN_A_MOVE });
    const before = items.filter(({ deadLetteredAtMs }) => deadLetteredAtMs <= beganMs);
    if (before.length === 0) return told({ deleted, more: false });
    const outcome = await progress.move(subscription, {
      endedDeadLetters: before,
      act: actNow(engine, "purged", by),
    });
    if (outcome === "moved") deleted += before.length;
    else if (++races >= ATTEMPTS) throw new Conflict("deleting dead letters");
    else await backOff(engine, races);
  }
  return told({ deleted, more: true });

  function told(purged: Purged): Purged {
    if (purged.deleted > 0) tellDeleted(engine, reader, purged.deleted);
    return purged;
  }
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
