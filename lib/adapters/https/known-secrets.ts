import type { SubscriptionStore } from "../../domain/ports/subscription-store.js";
import type { Subscription } from "../../domain/subscription.js";
import type { WebhookSecrets } from "../../domain/webhook/secrets.js";

/** One process rarely delivers to more. */
const KNOWN_AT_MOST = 100;

/** The secrets of the webhooks that a process delivers to: read once for each version of a subscription. */
export class KnownSecrets {
  /** By subscription. Every change of secrets makes a new version of the subscription. */
  readonly #known = new Map<string, { readonly version: number; readonly secrets: WebhookSecrets }>();

  constructor(private readonly subscriptions: Pick<SubscriptionStore, "secrets">) {}

  /** As they are for this version of the subscription, or a later one; undefined if it has none any more. */
  async of(subscription: Subscription): Promise<WebhookSecrets | undefined> {
    const { uid, version } = subscription;
    const known = this.#known.get(uid);
    if (known?.version === version) return known.secrets;
    const secrets = await this.subscriptions.secrets(subscription);
    if (!secrets) return undefined;
    if (this.#known.size >= KNOWN_AT_MOST) this.#known.clear();
    this.#known.set(uid, { version, secrets });
    return secrets;
  }
}
