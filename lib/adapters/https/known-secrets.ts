import type { SubscriptionStore } from "../../domain/ports/subscription-store.js";
import type { Subscription } from "../../domain/subscription.js";
import type { WebhookSecrets } from "../../domain/webhook/secrets.js";
import type { ManagedSecrets } from "./managed-secrets.js";

/** One process rarely delivers to more. */
const KNOWN_AT_MOST = 100;

/** The secrets of the webhooks that a process delivers to: read once for each version of a subscription. */
export class KnownSecrets {
  /** By subscription. Every change of secrets makes a new version of the subscription. */
  readonly #known = new Map<string, { readonly version: number; readonly secrets: WebhookSecrets }>();

  constructor(
    private readonly subscriptions: Pick<SubscriptionStore, "secrets">,
    /** Those that are managed elsewhere. @default none can be read */
    private readonly managed?: Pick<ManagedSecrets, "of">,
  ) {}

  /**
   * As they are for this version of the subscription, or a later one; undefined if it has none any more.
   * @throws if it is signed with a managed secret that cannot be read
   */
  async of(subscription: Subscription): Promise<WebhookSecrets | undefined> {
    const { target } = subscription;
    const stored = await this.#storedOf(subscription);
    if (!stored || target.type !== "https" || target.secretArn === undefined) return stored;
    if (!this.managed) throw new Error("its secret is in Secrets Manager, which is read in AWS only");
    return { headers: stored.headers, ...(await this.managed.of(target.secretArn)) };
  }

  async #storedOf(subscription: Subscription): Promise<WebhookSecrets | undefined> {
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
