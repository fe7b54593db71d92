import { NotPull } from "../../domain/errors.js";
import { deliveryIsPaused } from "../../domain/topic.js";
import { findSubscription } from "../lookup.js";
import type { Engine } from "../engine.js";
import { consumerMemory } from "./known-cursors.js";
import { takeDue } from "./take-due.js";
import { takeNext } from "./take-next.js";
import type { Handed } from "../../domain/handed.js";
import type { Reader } from "../../domain/reader.js";
import type { Take, TakenMessages } from "./take.js";

export interface ReceiveRequest {
  readonly maxMessages: number;
  /** Default: the subscription's. */
  readonly ackDeadlineSeconds?: number;
  readonly maxBytes?: number;
  /** Only these partitions; default: all. */
  readonly serves?: (partition: number) => boolean;
}

/** Lost races in a row after which a consumer is told that there is nothing, for now. */
const RECEIVE_ATTEMPTS = 12;
const POLL_FROM_MS = 50;
const POLL_UP_TO_MS = 1_000;

const NOTHING: TakenMessages = { leases: [], handed: [] };

/** One look, without a wait. Empty where there is nothing. */
export const receive = async (
  engine: Engine,
  reader: Reader,
  request: ReceiveRequest,
): Promise<readonly Handed[]> => (await receiveLeased(engine, reader, request)).handed;

/** The same, with the leases that stand behind the messages. */
export async function receiveLeased(
  engine: Engine,
  { topic, subscription }: Reader,
  request: ReceiveRequest,
): Promise<TakenMessages> {
  if (subscription.paused || deliveryIsPaused(topic)) return NOTHING;
  const take: Take = {
    maxMessages: request.maxMessages,
    maxBytes: request.maxBytes ?? Infinity,
    leaseMs: (request.ackDeadlineSeconds ?? subscription.ackDeadlineSeconds) * 1_000,
    ...(request.serves ? { serves: request.serves } : {}),
  };
  const reader = await consumerMemory(engine, subscription);
  for (let attempt = 1; attempt <= RECEIVE_ATTEMPTS; attempt++) {
    const due = await takeDue(engine, { topic, subscription }, take);
    if (due.kind === "taken") return due;
    const next = await takeNext(engine, { topic, subscription }, reader, take);
    if (next.kind === "taken") return next;
    if (due.kind === "empty" && next.kind === "empty") return NOTHING;
  }
  return NOTHING;
}

/**
 * The long poll of a pull consumer: looks until there is something, `waitSeconds` are over or `signal` is aborted.
 * @throws {TopicNotFound} {SubscriptionNotFound} {NotPull}
 */
export async function receiveWaiting(
  engine: Engine,
  topicName: string,
  subscriptionName: string,
  request: ReceiveRequest & { readonly waitSeconds: number },
  signal?: AbortSignal,
): Promise<readonly Handed[]> {
  const { clock } = engine;
  const { topic, subscription } = await findSubscription(engine, topicName, subscriptionName);
  if (subscription.target.type !== "pull") throw new NotPull(subscriptionName, subscription.target.type);
  const untilMs = clock.nowMs() + request.waitSeconds * 1_000;
  for (let pauseMs = POLL_FROM_MS; ; pauseMs = Math.min(POLL_UP_TO_MS, pauseMs * 2)) {
    const handed = await receive(engine, { topic, subscription }, request);
    const leftMs = untilMs - clock.nowMs();
    if (handed.length > 0 || leftMs <= 0 || signal?.aborted) return handed;
    await clock.sleep(Math.min(pauseMs, leftMs), signal);
  }
}
