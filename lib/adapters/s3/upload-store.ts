import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { UploadStore } from "../../domain/ports/upload-store.js";
import { UNUSED_TAG } from "../../domain/upload.js";
import { isMissing, isMissingByHead, toDomainError } from "./errors.js";
import { presigned } from "./presigned.js";

const base64Of = (digest: string): string => Buffer.from(digest, "base64url").toString("base64");
const base64UrlOf = (digest: string): string => Buffer.from(digest, "base64").toString("base64url");

/** Uploads in the bucket, where a lifecycle rule deletes those that are still marked as unused after some days. */
export function s3UploadStore({
  client,
  bucket,
}: {
  readonly client: S3Client;
  readonly bucket: string;
}): UploadStore {
  return {
    putUrl: async (key, { sizeBytes, contentType, sha256 }, seconds) => {
      const command = new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        ContentLength: sizeBytes,
        ContentType: contentType,
        // Whoever has the URL could put it back to unused otherwise, once a message refers to it.
        IfNoneMatch: "*",
        Tagging: `${UNUSED_TAG.key}=${UNUSED_TAG.value}`,
        ...(sha256 === undefined ? {} : { ChecksumSHA256: base64Of(sha256) }),
      });
      return await presigned(client, command, seconds);
    },
    find: async (key) => {
      try {
        const command = new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: "ENABLED" });
        const { ContentLength = 0, ContentType = "", ChecksumSHA256: digest } = await client.send(command);
        const known = digest === undefined ? {} : { sha256: base64UrlOf(digest) };
        return { sizeBytes: ContentLength, contentType: ContentType, ...known };
      } catch (error) {
        if (isMissingByHead(error)) return undefined;
        throw toDomainError(error, "looking for an upload");
      }
    },
    keep: async (key) => {
      try {
        const Tagging = { TagSet: [{ Key: UNUSED_TAG.key, Value: "used" }] };
        await client.send(new PutObjectTaggingCommand({ Bucket: bucket, Key: key, Tagging }));
        return "kept";
      } catch (error) {
        if (isMissing(error)) return "gone";
        throw toDomainError(error, "keeping an upload");
      }
    },
    getUrl: async (key, seconds) =>
      (await presigned(client, new GetObjectCommand({ Bucket: bucket, Key: key }), seconds)).url,
  };
}
