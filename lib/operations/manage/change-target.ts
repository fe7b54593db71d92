import { isDeepStrictEqual } from "node:util";
import { SettingFixed } from "../../domain/errors.js";
import type { Subscription, Target } from "../../domain/subscription.js";
import type { WebhookHeaders } from "../../domain/webhook/headers.js";
import { type WebhookSecrets, newSecrets } from "../../domain/webhook/secrets.js";
import type { Engine } from "../engine.js";

/** What a change says of a target; what it leaves out stays. */
export interface TargetChange {
  readonly target?: Target;
  /** A webhook's custom headers, all of them. */
  readonly headers?: WebhookHeaders;
  /** Where a webhook's secret is managed; null: nowhere but beside the subscription. */
  readonly secretArn?: string | null;
}

/** Its type is fixed. A change that names no headers, or no managed secret, keeps them. @throws {SettingFixed} */
export function changedTarget(
  before: Target,
  { target: given = before, headers, secretArn }: TargetChange,
): Target {
  const kept = before.type === "https" ? before.secretArn : undefined;
  const target = withSecretArn(given, secretArn === undefined ? kept : (secretArn ?? undefined));
  if (target.type !== before.type) {
    const detail = `cannot be changed after creation: it is "${before.type}"`;
    throw new SettingFixed([{ path: "target.type", detail }]);
  }
  if (headers) return withHeaders(target, headers);
  if (target.type !== "https" || before.type !== "https") return target;
  return { ...target, headerNames: before.headerNames };
}

/** With the names of its headers. */
export const withHeaders = (target: Target, headers: WebhookHeaders): Target =>
  target.type === "https" ? { ...target, headerNames: Object.keys(headers) } : target;

/** With the secret that signs; undefined: the one beside the subscription. */
export function withSecretArn(target: Target, secretArn: string | undefined): Target {
  if (target.type !== "https") return target;
  const { secretArn: _, ...others } = target;
  return secretArn === undefined ? others : { ...others, secretArn };
}

/** A webhook's secrets with other headers; undefined if they stay as they are. */
export async function changedSecrets(
  { subscriptions, random }: Engine,
  subscription: Subscription,
  headers: WebhookHeaders | undefined,
): Promise<WebhookSecrets | undefined> {
  if (subscription.target.type !== "https" || headers === undefined) return undefined;
  const secrets = (await subscriptions.secrets(subscription)) ?? newSecrets(random, {});
  return isDeepStrictEqual(secrets.headers, headers) ? undefined : { ...secrets, headers };
}
