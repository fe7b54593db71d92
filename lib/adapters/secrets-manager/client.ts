import { SecretsManagerClient, type SecretsManagerClientConfig } from "@aws-sdk/client-secrets-manager";
import { requestHandler } from "../aws/request-handler.js";

const SOCKETS = 10;
/** A delivery waits for it. */
const TIMEOUT_MS = 2_000;
const MAX_ATTEMPTS = 3;

export type SecretsClientOptions = Pick<
  SecretsManagerClientConfig,
  "endpoint" | "region" | "credentials" | "maxAttempts"
>;

export const secretsClient = (options: SecretsClientOptions = {}): SecretsManagerClient =>
  new SecretsManagerClient({
    maxAttempts: MAX_ATTEMPTS,
    ...options,
    requestHandler: requestHandler({
      sockets: SOCKETS,
      connectTimeoutMs: TIMEOUT_MS,
      requestTimeoutMs: TIMEOUT_MS,
    }),
  });
