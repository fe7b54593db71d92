import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { requestHandler } from "../aws/request-handler.js";

const SOCKETS = 50;
const CONNECT_TIMEOUT_MS = 2_000;
/** Until the answer begins, and between two parts of its body. */
const REQUEST_TIMEOUT_MS = 10_000;
const MAX_ATTEMPTS = 4;

export interface S3ClientOptions extends Pick<
  S3ClientConfig,
  "endpoint" | "region" | "credentials" | "maxAttempts"
> {
  readonly connectTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
}

/** A client for the bucket. With an endpoint of its own the bucket's name is in the path: no emulator has its DNS. */
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
