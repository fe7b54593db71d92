import { Annotations, Token } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { type TargetPolicy, allowedTarget } from "../lib/domain/webhook/target-policy.js";
import { Checks } from "./check.js";

/** Where webhooks may go beside the public internet. */
export interface WebhookTargets {
  /**
   * Blocks of addresses (`10.1.0.0/16`), and names (`hooks.example.com`, `*.corp.example`), which may then lead to
   * private addresses. With a port (`hooks.example.com:8444`) a name may use that port, too.
   * @default - none
   */
  readonly allow?: readonly string[];
  /** Loopback and private addresses, plain http and any port: on a developer's machine only. @default false */
  readonly allowPrivateTargets?: boolean;
}

/** The functions' environment variables for it (lib/webhooks.ts). @throws if an entry is wrong. */
export function webhookEnvironment(
  scope: Construct,
  { allow = [], allowPrivateTargets = false }: WebhookTargets,
): Record<string, string> {
  for (const [index, entry] of allow.entries()) {
    if (Token.isUnresolved(entry) || allowedTarget(entry)) continue;
    new Checks(scope).refuse(
      `webhookTargets.allow[${index}] is "${entry}": use a block such as 10.1.0.0/16, or a name such as ` +
        "hooks.example.com, *.example.com or hooks.example.com:8444",
    );
  }
  if (allowPrivateTargets) {
    const text =
      "allowPrivateTargets: whoever can create a webhook can reach private addresses. Use it only locally.";
    Annotations.of(scope).addWarningV2("sluice:private-targets", text);
  }
  return {
    ...(allow.length > 0 ? { SLUICE_WEBHOOK_ALLOW: allow.join(",") } : {}),
    ...(allowPrivateTargets ? { SLUICE_PRIVATE_TARGETS: "allow" } : {}),
  };
}

/** The same for checks at synthesis. Entries that only the deployment knows allow any name: it checks them. */
export function targetPolicyOf({ allow = [], allowPrivateTargets = false }: WebhookTargets): TargetPolicy {
  const allowed = allow.flatMap((entry) => allowedTarget(entry) ?? []);
  return { allowPrivate: allowPrivateTargets || allow.some((entry) => Token.isUnresolved(entry)), allowed };
}
