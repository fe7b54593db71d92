import { type SubscriptionRef, subscriptionKey } from "../../../domain/subscription.js";
import type { WebhookSecrets } from "../../../domain/webhook/secrets.js";
import { FORMAT, readable } from "./format.js";

/** A key of its own, so that whoever may read settings and progress need not be able to read secrets. */
export const secretsKey = (subscription: SubscriptionRef) => ({
  pk: `secrets#${subscriptionKey(subscription)}`,
  sk: "-",
});

export const secretsItem = (subscription: SubscriptionRef, secrets: WebhookSecrets) => ({
  ...secretsKey(subscription),
  f: FORMAT,
  secrets,
});

export const secretsOf = (item: Record<string, unknown> | undefined): WebhookSecrets | undefined =>
  readable(item)?.["secrets"] as WebhookSecrets | undefined;
