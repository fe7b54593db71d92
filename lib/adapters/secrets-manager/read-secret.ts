import {
  GetSecretValueCommand,
  type GetSecretValueCommandOutput,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import type { Clock } from "../../domain/ports/clock.js";
import { type ManagedSecret, OVERLAP_MS, signingSecretOf } from "../../domain/webhook/secrets.js";
import { vendorError } from "../aws/vendor-error.js";
import { secretsClient } from "./client.js";

/** Reads secrets in Secrets Manager, for whoever loads this file: most processes never do. */
export const secretsManager = (
  clock: Pick<Clock, "nowMs">,
  at: { readonly endpoint?: string },
): ((arn: string) => Promise<ManagedSecret>) => {
  const client = secretsClient(at);
  return (arn) => readSecret(client, clock, arn);
};

/**
 * The secret that signs now and, for a day after a rotation, the one before it.
 * @throws {Error} that names what Secrets Manager said, and nothing of the secret
 */
export async function readSecret(
  client: SecretsManagerClient,
  { nowMs }: Pick<Clock, "nowMs">,
  arn: string,
): Promise<ManagedSecret> {
  try {
    const current = await client.send(new GetSecretValueCommand({ SecretId: arn }));
    const signing = textOf(current);
    const untilMs = (current.CreatedDate?.getTime() ?? 0) + OVERLAP_MS;
    const before = nowMs() < untilMs ? await previousOf(client, arn) : undefined;
    return before === undefined ? { signing } : { signing, previous: { signing: before, untilMs } };
  } catch (error) {
    const { name, message } = vendorError(error);
    throw new Error(`its secret in Secrets Manager cannot be read: ${name}: ${message}`, { cause: error });
  }
}

/** undefined if it was never rotated. */
async function previousOf(client: SecretsManagerClient, arn: string): Promise<string | undefined> {
  try {
    const stage = "AWSPREVIOUS";
    return textOf(await client.send(new GetSecretValueCommand({ SecretId: arn, VersionStage: stage })));
  } catch (error) {
    if (error instanceof Error && error.name === "ResourceNotFoundException") return undefined;
    throw error;
  }
}

function textOf({ SecretString, SecretBinary }: GetSecretValueCommandOutput): string {
  if (SecretString) return signingSecretOf(SecretString);
  if (SecretBinary && SecretBinary.length > 0) return `whsec_${Buffer.from(SecretBinary).toString("base64")}`;
  throw new Error("it is empty");
}
