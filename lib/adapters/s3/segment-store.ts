import { GetObjectCommand, PutObjectCommand, S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import type { SegmentStore } from "../../domain/ports/segment-store.js";
import { isMissing, toDomainError } from "./errors.js";

const CONNECT_TIMEOUT_MS = 1_000;
/** Until the answer begins, and between two parts of its body. */
const REQUEST_TIMEOUT_MS = 10_000;
const MAX_ATTEMPTS = 4;

export interface S3ClientOptions extends Pick<
  S3ClientConfig,
  "endpoint" | "region" | "credentials" | "maxAttempts"
> {
  readonly requestTimeoutMs?: number;
}

/** A client for the bucket. With an endpoint of its own the bucket's name is in the path: no emulator has its DNS. */
export function s3Client(options: S3ClientOptions = {}): S3Client {
  const { requestTimeoutMs = REQUEST_TIMEOUT_MS, maxAttempts = MAX_ATTEMPTS, ...others } = options;
  return new S3Client({
    ...others,
    forcePathStyle: others.endpoint !== undefined,
    maxAttempts,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: requestTimeoutMs,
      socketTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
    }),
  });
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
        return (await Body?.transformToByteArray()) ?? new Uint8Array();
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw toDomainError(error, "reading a segment");
      }
    },
  };
}
