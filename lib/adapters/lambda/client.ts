import { LambdaClient, type LambdaClientConfig } from "@aws-sdk/client-lambda";
import { NodeHttpHandler } from "@smithy/node-http-handler";

const CONNECT_TIMEOUT_MS = 2_000;
/** Longer than the longest handler: its answer must not be given up while it can still come. */
const HANDLER_TIMEOUT_MS = 905_000;
const MAX_SOCKETS = 64;

/** A client that invokes once: a retry of the SDK's would run a handler twice behind the pump's back. */
export function lambdaClient(
  options: Pick<LambdaClientConfig, "endpoint" | "region" | "credentials"> = {},
): LambdaClient {
  const agent = { maxSockets: MAX_SOCKETS, keepAlive: true };
  return new LambdaClient({
    ...options,
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: HANDLER_TIMEOUT_MS,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    }),
  });
}
