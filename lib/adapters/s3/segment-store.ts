import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { SegmentStore } from "../../domain/ports/segment-store.js";
import { isMissing, toDomainError } from "./errors.js";

/** Segments in the bucket. Lifecycle rules delete them by prefix (lib/domain/segment-key.ts). */
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
    delete: async (key) => {
      try {
        await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
      } catch (error) {
        throw toDomainError(error, "deleting a segment");
      }
    },
  };
}
