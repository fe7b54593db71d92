import { LambdaClient, type LambdaClientConfig } from "@aws-sdk/client-lambda";
import { requestHandler } from "../aws/request-handler.js";

const CONNECT_TIMEOUT_MS = 2_000;

/** As many as a pump's concurrent deliveries, with file descriptors to spare for the other clients. */
const INVOKING_SOCKETS = 600;
/** Longer than the longest handler: while its answer can still come, nobody may stop waiting for it. */
const HANDLER_TIMEOUT_MS = 905_000;

const STARTING_SOCKETS = 50;
/** An asynchronous invoke answers at once or not at all. */
const START_TIMEOUT_MS = 3_000;
/** A function that is started twice does no harm; a lost start delays messages until a timer makes up for it. */
const START_ATTEMPTS = 2;

export interface LambdaClientOptions extends Pick<
  LambdaClientConfig,
  "endpoint" | "region" | "credentials" | "maxAttempts"
> {
  readonly connectTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
}

/**
 * For calling handlers. It never repeats a call: a retry in the SDK would run the handler twice without the pump
 * knowing. It has its own sockets, because its calls hold them for minutes.
 */
export const invokingClient = (options: LambdaClientOptions = {}): LambdaClient =>
  lambdaClient(INVOKING_SOCKETS, { requestTimeoutMs: HANDLER_TIMEOUT_MS, maxAttempts: 1, ...options });

/** For starting Sluice's own functions asynchronously. */
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
