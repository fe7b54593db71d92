import { NotPull, SubscriptionNotFound } from "../../domain/errors.js";
import type { Handed } from "../../domain/handed.js";
import type { Message } from "../../domain/message.js";
import type { Due, LeaseConsumer } from "../../domain/progress/records.js";
import { withHanding } from "../../domain/receipt.js";
import type { Reader } from "../../domain/reader.js";
import { subscriptionKey } from "../../domain/subscription.js";
import { deliveryIsPaused, isTraced } from "../../domain/topic.js";
import { backOff } from "../contention.js";
import type { Engine } from "../engine.js";
import { Quiet } from "../log/quiet.js";
import { isTrouble } from "../log/troubles.js";
import type { Bell } from "../news.js";
import { TOPIC_CACHE_MS, findSubscription } from "../lookup.js";
import { memoryBytesFor, messageBytesIn } from "../memory-budget.js";
import { CURSORS_CACHE_MS, consumerMemory } from "./known-cursors.js";
import { isKnownToBeAtEnd } from "./take-next.js";
import { takerOf } from "./lease.js";
import type { Take, TakenMessages } from "./take.js";
import { takeShared } from "./take-shared.js";
import { RECEIVE_ATTEMPTS, takeTogether } from "./take-together.js";

export interface ReceiveRequest {
  readonly maxMessages: number;
  /** @default the subscription's */
  readonly ackDeadlineSeconds?: number;
  readonly maxBytes?: number;
  /** How many bytes a message counts for in `maxBytes`. @default its stored size */
  readonly sizeOf?: (message: Message) => number;
  /** Whether nothing new has come: then only what is due is looked for. */
  readonly isDueOnly?: boolean;
  /** Whether it looks again soon if there is nothing: then it may believe that nothing is due. */
  readonly isPolling?: boolean;
  /** Who asks, as far as that is known. */
  readonly consumer?: LeaseConsumer;
  /** How many other messages it has in hand; undefined if it does not say. */
  readonly beside?: number;
  /** Aborts when nobody waits for the response any more: then nothing is taken. */
  readonly signal?: AbortSignal;
}

export type WaitingRequest = ReceiveRequest & { readonly waitSeconds: number };

/** Short, since messages often come one soon after the other; a look in vain costs a read unit or two. */
const POLL_FROM_MS = 5;
const POLL_UP_TO_MS = 1_000;
/** A poll notices a pause, its end and a deletion within 5 s: this, and the look that is under way, add up. */
const SETTINGS_AGE_MS = 4_000;

/** So often pauses grow, to 16 ms at the most: a few dozen consumers of one partition need no more. */
const PAUSES_GROW = 2;

const NOTHING: TakenMessages = { leases: [], handed: [] };

/** One look, without waiting. Empty if there is nothing. */
export const receive = async (
  engine: Engine,
  reader: Reader,
  request: ReceiveRequest,
): Promise<readonly Handed[]> => {
  const { handed } = await receiveLeased(engine, reader, request);
  return forJournal(engine, reader, handed);
};

/** Settling them then tells the journal how they were handed out, without a read. */
export const forJournal = (
  { clock }: Engine,
  { topic }: Reader,
  handed: readonly Handed[],
): readonly Handed[] => (isTraced(topic) ? handed.map(handedAt(clock.nowMs())) : handed);

const handedAt =
  (atMs: number) =>
  ({ receipt, ...message }: Handed): Handed => ({
    ...message,
    receipt: withHanding(receipt, { partition: message.partition, attempt: message.attempt, atMs }),
  });

/**
 * Like `receive`, but also returns the leases of the messages. A failure in one partition does not stop the others: it
 * is thrown only if nothing was taken.
 */
export async function receiveLeased(
  engine: Engine,
  reader: Reader,
  request: ReceiveRequest,
): Promise<TakenMessages> {
  if (isPaused(reader)) return NOTHING;
  const take = takeFor(engine, reader, request);
  const dealt = await takeInCompany(engine, reader, take, request.signal);
  if (dealt.kind === "taken") return dealt;
  if (dealt.kind === "empty") return NOTHING;
  return await engine.budget.receiving(memoryBytesFor(take.maxBytes), () =>
    takeUnlessLost(engine, reader, take, dealt.due, request.signal),
  );
}

export const isPaused = ({ topic, subscription }: Reader): boolean =>
  subscription.paused || deliveryIsPaused(topic);

export function takeFor(engine: Engine, { subscription }: Reader, request: ReceiveRequest): Take {
  const { maxMessages, maxBytes = Infinity, ackDeadlineSeconds = subscription.ackDeadlineSeconds } = request;
  return {
    maxMessages,
    // Messages that do not fit into this process's memory are left to the next receive.
    maxBytes: Math.min(maxBytes, messageBytesIn(engine.budget.limitBytes)),
    leaseMs: ackDeadlineSeconds * 1_000,
    ...(request.sizeOf ? { sizeOf: request.sizeOf } : {}),
    ...takerOf(request),
    ...(request.isDueOnly ? { isDueOnly: true } : {}),
    ...(request.isPolling ? { isPolling: true } : {}),
  };
}

/**
 * With ordering a receive takes several keys, of which none may be in another lease: nothing is shared. `ends`: leases
 * that end with what is taken, if they can.
 */
export const takeInCompany = async (
  engine: Engine,
  reader: Reader,
  take: Take,
  signal: AbortSignal | undefined,
  ends: readonly string[] = [],
): ReturnType<typeof takeTogether> =>
  reader.topic.ordering === "key" || take.isDueOnly
    ? { kind: "alone" }
    : await takeTogether(engine, { ...take, reader, ends, ...(signal ? { signal } : {}) });

async function takeUnlessLost(
  engine: Engine,
  reader: Reader,
  take: Take,
  due: readonly Due[] | undefined,
  signal: AbortSignal | undefined,
): Promise<TakenMessages> {
  // What is due is found without cursors.
  const maxAgeMs = take.isDueOnly ? Infinity : CURSORS_CACHE_MS;
  const memory = await consumerMemory(engine, reader.subscription, maxAgeMs);
  for (let attempt = 1; attempt <= RECEIVE_ATTEMPTS && !signal?.aborted; attempt++) {
    const taken = await takeShared(engine, reader, memory, take, attempt === 1 ? due : undefined);
    if (taken.kind === "taken") return taken;
    if (taken.kind === "empty") return NOTHING;
    // With ordering each lease moves the head alone. A lost move is billed as one that is won.
    if (reader.topic.ordering === "key" && memory.losses > 0)
      await backOff(engine, Math.min(memory.losses, PAUSES_GROW));
  }
  return NOTHING;
}

/**
 * The long poll of a pull consumer: looks until there is something, `waitSeconds` are over or `signal` aborts. Behind a
 * gateway a function is not told that its caller has left, so `signal` never aborts there: what it takes then is handed
 * out again once its lease has run out. In `sluice dev` it aborts when the connection closes. A publish by the same
 * process wakes it at once.
 * @throws {TopicNotFound} {SubscriptionNotFound} {NotPull}, also if that changes during the poll
 */
export async function receiveWaiting(
  engine: Engine,
  topicName: string,
  subscriptionName: string,
  request: WaitingRequest,
  signal?: AbortSignal,
): Promise<readonly Handed[]> {
  const reader = await readerOf(engine, topicName, subscriptionName, TOPIC_CACHE_MS);
  const bell = engine.news.open(reader.topic.uid);
  const leaves = (): void => bell.ring();
  signal?.addEventListener("abort", leaves);
  try {
    return await poll(engine, reader, signal ? { ...request, signal } : request, bell);
  } finally {
    signal?.removeEventListener("abort", leaves);
    bell.close();
  }
}

async function poll(
  engine: Engine,
  found: Reader,
  request: WaitingRequest,
  bell: Bell,
): Promise<readonly Handed[]> {
  const { clock } = engine;
  const { signal } = request;
  const { topic, subscription } = found;
  const untilMs = clock.nowMs() + request.waitSeconds * 1_000;
  const quiet = new Quiet(engine);
  let reader = found;
  let readAtMs = clock.nowMs();
  let hasNews = false;
  for (let pauseMs = POLL_FROM_MS; ; pauseMs = Math.min(POLL_UP_TO_MS, pauseMs * 2)) {
    if (clock.nowMs() - readAtMs >= SETTINGS_AGE_MS) {
      readAtMs = clock.nowMs();
      reader = await readerOf(engine, topic.name, subscription.name, 0);
      // It was deleted and created again: this poll was for the earlier one.
      if (reader.subscription.uid !== subscription.uid)
        throw new SubscriptionNotFound(topic.name, subscription.name);
    }
    const isLast = (): boolean => clock.nowMs() >= untilMs || signal?.aborted === true;
    const rung = bell.next();
    const isDueOnly = await quiet.isSure(reader.topic);
    const look = () => receive(engine, reader, { ...request, isDueOnly, isPolling: !isLast() });
    // After news there is something: only a look that may find nothing tells whether the topic is quiet.
    const handed = await unlessTroubled(isLast, () =>
      isDueOnly || hasNews || isLast()
        ? look()
        : quiet.watch(reader.topic, look, (found) => found.length === 0 && hasSeenAll(engine, reader)),
    );
    if (handed.length > 0 || isLast()) return handed;
    if (isDueOnly) pauseMs = POLL_UP_TO_MS;
    await clock.sleep(Math.min(pauseMs, untilMs - clock.nowMs()), rung);
    if (signal?.aborted) return [];
    hasNews = rung.aborted;
    if (hasNews) {
      quiet.forget();
      pauseMs = POLL_FROM_MS / 2;
    }
  }
}

/** Whether the anchors that were read last are enough to know that nothing is ahead. */
function hasSeenAll(engine: Engine, reader: Reader): boolean {
  const memory = engine.caches.consumers.get(subscriptionKey(reader.subscription));
  return memory !== undefined && isKnownToBeAtEnd(engine, reader, memory);
}

export async function readerOf(
  engine: Engine,
  topicName: string,
  name: string,
  topicAgeMs: number,
): Promise<Reader> {
  const reader = await findSubscription(engine, topicName, name, topicAgeMs);
  const { type } = reader.subscription.target;
  if (type !== "pull") throw new NotPull(name, type);
  return reader;
}

/** A store that does not answer now may answer at the next look, so only the last look reports the error. */
async function unlessTroubled(
  isLast: () => boolean,
  look: () => Promise<readonly Handed[]>,
): Promise<readonly Handed[]> {
  try {
    return await look();
  } catch (error) {
    if (isLast() || !isTrouble(error)) throw error;
    return [];
  }
}
