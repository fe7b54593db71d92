import type { ReadSecret } from "./adapters/https/managed-secrets.js";
import { HttpsSubscriber, type HttpsSubscriberOptions } from "./adapters/https/subscriber.js";
import type { Clock } from "./domain/ports/clock.js";
import { type TargetPolicy, allowedTarget } from "./domain/webhook/target-policy.js";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where this deployment's webhooks may go, as the construct (cdk/webhooks.ts) and `npm start` set it.
 * @throws an error that names what is wrong
 */
export function targetPolicyIn(environment: Environment = process.env): TargetPolicy {
  const entries = (environment["SLUICE_WEBHOOK_ALLOW"] ?? "").split(",").filter((entry) => entry !== "");
  const allowed = entries.map((entry) => {
    const target = allowedTarget(entry);
    if (target) return target;
    throw new Error(
      `SLUICE_WEBHOOK_ALLOW has "${entry}": use a block such as 10.1.0.0/16, or a name such as ` +
        "hooks.example.com, *.example.com or hooks.example.com:8444",
    );
  });
  return { allowPrivate: environment["SLUICE_PRIVATE_TARGETS"] === "allow", allowed };
}

/** Delivers to webhooks as the environment allows. */
export const openWebhooks = (
  environment: Environment,
  options: Omit<HttpsSubscriberOptions, "policy" | "readSecret">,
): HttpsSubscriber =>
  new HttpsSubscriber({
    ...options,
    policy: targetPolicyIn(environment),
    readSecret: secretReader(environment, options.clock),
  });

/** The client is loaded with the first secret that is read: most webhooks have theirs beside the subscription. */
function secretReader({ AWS_ENDPOINT_URL: endpoint }: Environment, clock: Clock): ReadSecret {
  let reader: Promise<ReadSecret> | undefined;
  return async (arn) => {
    reader ??= import("./adapters/secrets-manager/read-secret.js").then(({ secretsManager }) =>
      secretsManager(clock, endpoint ? { endpoint } : {}),
    );
    return await (
      await reader
    )(arn);
  };
}
