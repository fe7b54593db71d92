import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { requestHandler } from "../aws/request-handler.js";

const SOCKETS = 50;
const CONNECT_TIMEOUT_MS = 2_000;
/** Until the response begins, and between two parts of its body. */
const REQUEST_TIMEOUT_MS = 10_000;
const MAX_ATTEMPTS = 4;

export interface S3ClientOptions extends Pick<
  S3ClientConfig,
  "endpoint" | "region" | "credentials" | "maxAttempts"
> {
  readonly connectTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
}

/** With a custom endpoint the bucket's name goes into the path: emulators do not serve its DNS name. */
export function s3Client(options: S3ClientOptions = {}): S3Client {
  const {
    connectTimeoutMs = CONNECT_TIMEOUT_MS,
    requestTimeoutMs = REQUEST_TIMEOUT_MS,
    maxAttempts = MAX_ATTEMPTS,
    ...others
  } = options;
  return new S3Client({
    ...others,
    forcePathStyle: others.endpoint !== undefined,
    maxAttempts,
    requestHandler: requestHandler({
      sockets: SOCKETS,
      connectTimeoutMs,
      requestTimeoutMs,
      bodyTimeoutMs: requestTimeoutMs,
    }),
  });
}
