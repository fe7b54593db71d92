import {
  type BatchSettings,
  SUBSCRIPTION_DEFAULTS,
  type Subscription,
  type SubscriptionRef,
} from "../../../domain/subscription.js";
import type { TopicRef } from "../../../domain/topic.js";
import { FORMAT, FORMAT_WITH_FILTER, FORMAT_WITH_HOLD, readable } from "./format.js";

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
  f: formatOf(subscription),
  uid: subscription.uid,
  v: subscription.version,
  sub: { ...subscription, ...refOf(subscription) },
});

/** An older release than the format's would not do as the settings say. */
export function formatOf({ filter, deadLetter }: Subscription): number {
  if (deadLetter.onDeadLetter === "hold") return FORMAT_WITH_HOLD;
  return filter === undefined ? FORMAT : FORMAT_WITH_FILTER;
}

/** What a subscription has that a release before this one did not store. */
type Later = Pick<Subscription, "epoch" | "retry" | "deadLetter" | "rateLimitPerSecond">;
export type StoredSubscription = Omit<Subscription, keyof Later | "batch"> &
  Partial<Later> & { readonly batch: Partial<BatchSettings> };

const LATER: Later = {
  epoch: 0,
  retry: SUBSCRIPTION_DEFAULTS.retry,
  deadLetter: SUBSCRIPTION_DEFAULTS.deadLetter,
  rateLimitPerSecond: 0,
};

/** The subscription, with defaults for what came later than it was stored. */
export const upToDate = (stored: StoredSubscription): Subscription => ({
  ...LATER,
  ...stored,
  retry: { ...LATER.retry, ...stored.retry },
  deadLetter: { ...LATER.deadLetter, ...stored.deadLetter },
  batch: { ...SUBSCRIPTION_DEFAULTS.batch, ...stored.batch },
});

export function subscriptionOf(item: Record<string, unknown> | undefined): Subscription | undefined {
  const stored = readable(item)?.sub as StoredSubscription | undefined;
  return stored && upToDate(stored);
}
