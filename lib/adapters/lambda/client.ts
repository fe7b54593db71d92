import { LambdaClient, type LambdaClientConfig } from "@aws-sdk/client-lambda";
import { requestHandler } from "../aws/request-handler.js";

const CONNECT_TIMEOUT_MS = 2_000;

/** As many deliveries as a pump can have at work, and file descriptors to spare for the other clients. */
const INVOKING_SOCKETS = 600;
/** Longer than the longest handler: its answer must not be given up while it can still come. */
const HANDLER_TIMEOUT_MS = 905_000;

const STARTING_SOCKETS = 50;
/** An asynchronous invoke answers at once, or not at all. */
const START_TIMEOUT_MS = 3_000;
/** A start that happens twice is harmless, one that gets lost costs up to two minutes. */
const START_ATTEMPTS = 2;

export interface LambdaClientOptions extends Pick<
  LambdaClientConfig,
  "endpoint" | "region" | "credentials" | "maxAttempts"
> {
  readonly connectTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
}

/**
 * For calls of handlers. It calls once: a retry of the SDK's would run a handler twice behind the pump's back. It has
 * sockets of its own, which its calls hold for minutes.
 */
export const invokingClient = (options: LambdaClientOptions = {}): LambdaClient =>
  lambdaClient(INVOKING_SOCKETS, { requestTimeoutMs: HANDLER_TIMEOUT_MS, maxAttempts: 1, ...options });

/** For the starts of Sluice's own functions, which nobody waits for the end of. */
export const startingClient = (options: LambdaClientOptions = {}): LambdaClient =>
  lambdaClient(STARTING_SOCKETS, {
    requestTimeoutMs: START_TIMEOUT_MS,
    maxAttempts: START_ATTEMPTS,
    ...options,
  });

function lambdaClient(
  sockets: number,
  {
    connectTimeoutMs = CONNECT_TIMEOUT_MS,
    requestTimeoutMs = HANDLER_TIMEOUT_MS,
    ...others
  }: LambdaClientOptions,
): LambdaClient {
  return new LambdaClient({
    ...others,
    requestHandler: requestHandler({ sockets, connectTimeoutMs, requestTimeoutMs }),
  });
}
