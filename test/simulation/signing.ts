import { KnownSecrets } from "../../lib/adapters/https/known-secrets.js";
import type { DeliveryOutcome } from "../../lib/domain/delivery-outcome.js";
import type { Reader } from "../../lib/domain/reader.js";
import type { Subscription } from "../../lib/domain/subscription.js";
import { signingSecrets } from "../../lib/domain/webhook/secrets.js";
import type { Engine } from "../../lib/operations/engine.js";
import type { Monitor } from "./checkers/monitor.js";

/** Signs what one process delivers to webhooks, by what it knows of their secrets. */
export class Signing {
  readonly #known: KnownSecrets;

  constructor(
    private readonly monitor: Monitor,
    private readonly who: string,
    private readonly engine: Engine,
  ) {
    this.#known = new KnownSecrets(engine.subscriptions);
  }

  /** Calls `deliver` once it is signed; what is not a webhook needs no signature. */
  signed({ subscription }: Reader, deliver: () => Promise<DeliveryOutcome>): Promise<DeliveryOutcome> {
    return subscription.target.type === "https" ? this.#sign(subscription, deliver) : deliver();
  }

  async #sign(subscription: Subscription, deliver: () => Promise<DeliveryOutcome>): Promise<DeliveryOutcome> {
    const secrets = await this.#known.of(subscription).catch(() => undefined);
    if (!secrets) return { kind: "unavailable", reason: "unreachable", error: "its secrets cannot be read" };
    const signing = signingSecrets(secrets, this.engine.clock.nowMs());
    this.monitor.secrets.signed(this.who, subscription, signing);
    return await deliver();
  }
}
