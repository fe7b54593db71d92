import type { DeliveryOutcome } from "../../domain/delivery-outcome.js";
import type { Handed } from "../../domain/handed.js";
import type { Clock } from "../../domain/ports/clock.js";
import type { SubscriptionStore } from "../../domain/ports/subscription-store.js";
import { commonTrace } from "../../domain/trace-context.js";
import type { Reader } from "../../domain/reader.js";
import { contentOf } from "./content.js";
import { KnownSecrets } from "./known-secrets.js";
import { ManagedSecrets, type ReadSecret } from "./managed-secrets.js";
import { outcomeOf } from "./outcome.js";
import { Poster, type PosterOptions } from "./post.js";
import { signatureHeaders } from "./signature.js";

export interface HttpsSubscriberOptions extends PosterOptions {
  readonly subscriptions: Pick<SubscriptionStore, "secrets">;
  readonly clock: Clock;
  /** Reads secrets that are managed elsewhere. @default none can be read */
  readonly readSecret?: ReadSecret;
}

/** Posts messages to the endpoints of subscriptions, signed. */
export class HttpsSubscriber {
  readonly #poster: Poster;
  readonly #secrets: KnownSecrets;

  constructor(private readonly options: HttpsSubscriberOptions) {
    this.#poster = new Poster(options);
    const { subscriptions, readSecret, clock } = options;
    this.#secrets = new KnownSecrets(subscriptions, readSecret && new ManagedSecrets(readSecret, clock));
  }

  async deliver(reader: Reader, messages: readonly Handed[]): Promise<DeliveryOutcome> {
    try {
      return await this.#deliver(reader, messages);
    } catch (error) {
      return {
        kind: "unavailable",
        reason: "unreachable",
        error: `cannot be delivered to: ${String(error)}`,
      };
    }
  }

  async #deliver(reader: Reader, messages: readonly Handed[]): Promise<DeliveryOutcome> {
    const { topic, subscription } = reader;
    const { target } = subscription;
    if (target.type !== "https")
      return { kind: "unavailable", reason: "missing", error: `a ${target.type} target has no URL` };
    const secrets = await this.#secrets.of(subscription);
    if (!secrets)
      return { kind: "unavailable", reason: "missing", error: "its secret is gone: rotate the secret" };
    const { clock } = this.options;
    const content = contentOf(reader, target, messages);
    const posted = await this.#poster.post({
      url: target.url,
      body: Buffer.from(content.text),
      headers: {
        "user-agent": "Sluice-Webhooks/1.0",
        ...commonTrace(messages),
        ...secrets.headers,
        ...signatureHeaders(content, secrets, clock.nowMs()),
        "content-type": content.type,
        "sluice-topic": topic.name,
        "sluice-subscription": subscription.name,
        "sluice-attempt": String(Math.max(...messages.map(({ attempt }) => attempt))),
      },
      connectTimeoutMs: target.connectTimeoutSeconds * 1_000,
      timeoutMs: target.timeoutSeconds * 1_000,
    });
    return outcomeOf(posted, secrets, clock.nowMs());
  }

  /** Closes the connections that are kept. */
  close(): void {
    this.#poster.close();
  }
}
