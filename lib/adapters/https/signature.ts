import { Webhook } from "standardwebhooks";
import { type WebhookSecrets, signingSecrets } from "../../domain/webhook/secrets.js";
import type { Content } from "./content.js";

/** The headers of Standard Webhooks: a receiver knows by them who sent this, and when. */
export function signatureHeaders({ id, text }: Content, secrets: WebhookSecrets, nowMs: number) {
  const at = new Date(nowMs);
  const signatures = signingSecrets(secrets, nowMs).map((secret) => new Webhook(secret).sign(id, at, text));
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(nowMs / 1_000)),
    "webhook-signature": signatures.join(" "),
  };
}
