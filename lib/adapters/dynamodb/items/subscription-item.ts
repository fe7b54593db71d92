import type { Subscription, SubscriptionRef } from "../../../domain/subscription.js";
import type { TopicRef } from "../../../domain/topic.js";
import { FORMAT, readable } from "./format.js";

export const subscriptionsKey = ({ name, uid }: TopicRef): string => `subscriptions#${name}#${uid}`;

/** The name alone, of whatever else the object at hand is. */
export const refOf = ({ topic, name, uid }: SubscriptionRef): SubscriptionRef => ({
  topic: { name: topic.name, uid: topic.uid },
  name,
  uid,
});

/** The settings lie in one attribute, so that a new one needs no new expression; beside is what conditions look at. */
export const subscriptionItem = (subscription: Subscription) => ({
  pk: subscriptionsKey(subscription.topic),
  sk: subscription.name,
  f: FORMAT,
  uid: subscription.uid,
  v: subscription.version,
  sub: { ...subscription, ...refOf(subscription) },
});

type StoredSubscription = Omit<Subscription, "epoch"> & { readonly epoch?: number };

/** One that was stored before there was a seek has no epoch. */
export function subscriptionOf(item: Record<string, unknown> | undefined): Subscription | undefined {
  const stored = readable(item)?.sub as StoredSubscription | undefined;
  return stored && { ...stored, epoch: stored.epoch ?? 0 };
}
