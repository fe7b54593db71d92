import {
  GetObjectCommand,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { type SluiceError, StorageUnavailable, Throttled } from "../../domain/errors.js";
import type { SegmentStore } from "../../domain/ports/segment-store.js";

const CONNECT_TIMEOUT_MS = 1_000;
const REQUEST_TIMEOUT_MS = 10_000;
const MAX_ATTEMPTS = 4;
const SLOW_DOWN_RETRY_MS = 500;

/** A client for the bucket. With an endpoint of its own the bucket's name goes into the path: no emulator has its DNS. */
export function s3Client(options: { readonly endpoint?: string } = {}): S3Client {
  return new S3Client({
    ...options,
    forcePathStyle: options.endpoint !== undefined,
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    }),
  });
}

function toDomainError(error: unknown, during: string): SluiceError {
  if (error instanceof S3ServiceException && error.name === "SlowDown") {
    return new Throttled(during, SLOW_DOWN_RETRY_MS, { cause: error });
  }
  return new StorageUnavailable(during, { cause: error });
}

/** Segments in the bucket; lifecycle rules by prefix delete them (lib/domain/segment-key.ts). */
export function s3SegmentStore({
  client,
  bucket,
}: {
  readonly client: S3Client;
  readonly bucket: string;
}): SegmentStore {
  return {
    put: async (key, bytes) => {
      try {
        await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes }));
      } catch (error) {
        throw toDomainError(error, "storing a segment");
      }
    },
    get: async (key) => {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        return await Body?.transformToByteArray();
      } catch (error) {
        if (error instanceof NoSuchKey || error instanceof NotFound) return undefined;
        throw toDomainError(error, "reading a segment");
      }
    },
  };
}
