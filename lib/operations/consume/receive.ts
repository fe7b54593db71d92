import { NotPull } from "../../domain/errors.js";
import type { Handed } from "../../domain/ports/subscriber.js";
import type { Subscription } from "../../domain/subscription.js";
import { type Topic, deliveryIsPaused } from "../../domain/topic.js";
import { findSubscription } from "../lookup.js";
import type { Instance } from "../engine.js";
import { readerOf } from "./known-cursors.js";
import { takeDue } from "./take-due.js";
import { type Take, takeNext } from "./take-next.js";

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

/** One look: what is due again first, then the next range of the log. Empty where there is nothing. */
export async function receive(
  instance: Instance,
  topic: Topic,
  subscription: Subscription,
  request: ReceiveRequest,
): Promise<readonly Handed[]> {
  if (subscription.paused || deliveryIsPaused(topic)) return [];
  const take: Take = {
    maxMessages: request.maxMessages,
    maxBytes: request.maxBytes ?? Infinity,
    leaseMs: (request.ackDeadlineSeconds ?? subscription.ackDeadlineSeconds) * 1_000,
    ...(request.serves ? { serves: request.serves } : {}),
  };
  const reader = await readerOf(instance, subscription);
  for (let attempt = 1; attempt <= RECEIVE_ATTEMPTS; attempt++) {
    const due = await takeDue(instance, topic, subscription, take);
    if (due.kind === "taken") return due.handed;
    const next = await takeNext(instance, topic, subscription, reader, take);
    if (next.kind === "taken") return next.handed;
    if (due.kind === "empty" && next.kind === "empty") return [];
  }
  return [];
}

/**
 * The long poll of a pull consumer: looks until there is something, `waitSeconds` are over or `signal` is aborted.
 * @throws {TopicNotFound} {SubscriptionNotFound} {NotPull}
 */
export async function receiveWaiting(
  instance: Instance,
  topicName: string,
  subscriptionName: string,
  request: ReceiveRequest & { readonly waitSeconds: number },
  signal?: AbortSignal,
): Promise<readonly Handed[]> {
  const { clock } = instance;
  const { topic, subscription } = await findSubscription(instance, topicName, subscriptionName);
  if (subscription.target.type !== "pull") throw new NotPull(subscriptionName, subscription.target.type);
  const untilMs = clock.nowMs() + request.waitSeconds * 1_000;
  for (let pauseMs = POLL_FROM_MS; ; pauseMs = Math.min(POLL_UP_TO_MS, pauseMs * 2)) {
    const handed = await receive(instance, topic, subscription, request);
    const leftMs = untilMs - clock.nowMs();
    if (handed.length > 0 || leftMs <= 0 || signal?.aborted) return handed;
    await clock.sleep(Math.min(pauseMs, leftMs), signal);
  }
}
