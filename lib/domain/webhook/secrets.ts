import type { Random } from "../ports/random.js";
import type { WebhookHeaders } from "./headers.js";

/** What a webhook's deliveries need and nobody may read: stored by itself, away from the settings. */
export interface WebhookSecrets {
  /** Signs each delivery: `whsec_` and base64. */
  readonly signing: string;
  /** The one before, which signs as well until then. Epoch milliseconds. */
  readonly previous?: { readonly signing: string; readonly untilMs: number };
  readonly headers: WebhookHeaders;
}

/** How long the previous secret signs, so that a receiver can change over. */
export const OVERLAP_MS = 86_400_000;

/** As Standard Webhooks writes a secret: 24 to 64 bytes. */
function signingSecret(random: Random): string {
  return `whsec_${Buffer.from(random.nonce() + random.nonce(), "base64url").toString("base64")}`;
}

export const newSecrets = (random: Random, headers: WebhookHeaders): WebhookSecrets => ({
  signing: signingSecret(random),
  headers,
});

/** A new secret; the one so far signs for another day. One that was before it ends now. */
export function rotated(secrets: WebhookSecrets, random: Random, nowMs: number): WebhookSecrets {
  const previous = { signing: secrets.signing, untilMs: nowMs + OVERLAP_MS };
  return { ...newSecrets(random, secrets.headers), previous };
}

/** The secrets that sign now, the newest first. */
export function signingSecrets({ signing, previous }: WebhookSecrets, nowMs: number): readonly string[] {
  return previous && nowMs < previous.untilMs ? [signing, previous.signing] : [signing];
}

/** A secret that is kept elsewhere, and rotated there. */
export type ManagedSecret = Pick<WebhookSecrets, "signing" | "previous">;

const STANDARD_SECRET = /^whsec_[A-Za-z0-9+/]+={0,2}$/;

/** A signing secret from what somebody else made: a Standard Webhooks secret as it is, and the bytes of other text. */
export const signingSecretOf = (text: string): string =>
  STANDARD_SECRET.test(text) ? text : `whsec_${Buffer.from(text, "utf8").toString("base64")}`;
