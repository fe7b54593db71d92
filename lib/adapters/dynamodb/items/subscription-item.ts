import type { Subscription, SubscriptionRef } from "../../../domain/subscription.js";
import type { TopicRef } from "../../../domain/topic.js";
import { FORMAT, readable } from "./format.js";

export const subscriptionsKey = ({ name, uid }: TopicRef): string => `subscriptions#${name}#${uid}`;

/** Keeps only the fields of a reference; callers may pass a whole subscription. */
export const refOf = ({ topic, name, uid }: SubscriptionRef): SubscriptionRef => ({
  topic: { name: topic.name, uid: topic.uid },
  name,
  uid,
});

/**
 * The settings are one attribute, so that a new setting needs no new expression. The other attributes are what
 * conditions compare.
 */
export const subscriptionItem = (subscription: Subscription) => ({
  pk: subscriptionsKey(subscription.topic),
  sk: subscription.name,
  f: FORMAT,
  uid: subscription.uid,
  v: subscription.version,
  sub: { ...subscription, ...refOf(subscription) },
});

type StoredSubscription = Omit<Subscription, "epoch"> & { readonly epoch?: number };

/** A subscription stored before seek existed has no epoch. */
export function subscriptionOf(item: Record<string, unknown> | undefined): Subscription | undefined {
  const stored = readable(item)?.sub as StoredSubscription | undefined;
  return stored && { ...stored, epoch: stored.epoch ?? 0 };
}
