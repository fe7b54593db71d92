import {
  SUBSCRIPTION_DEFAULTS,
  type Subscription,
  type SubscriptionRef,
} from "../../../domain/subscription.js";
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

type Later = Pick<Subscription, "epoch" | "retry">;
type StoredSubscription = Omit<Subscription, keyof Later> & Partial<Later>;

/** What a subscription has that was stored by a release without these. */
const LATER: Later = { epoch: 0, retry: SUBSCRIPTION_DEFAULTS.retry };

export function subscriptionOf(item: Record<string, unknown> | undefined): Subscription | undefined {
  const stored = readable(item)?.sub as StoredSubscription | undefined;
  return stored && { ...LATER, ...stored, retry: { ...LATER.retry, ...stored.retry } };
}
