import { InvalidRequest } from "../../domain/errors.js";
import type { MessageContent } from "../../domain/message.js";
import type { UploadFacts } from "../../domain/ports/upload-store.js";
import type { Topic } from "../../domain/topic.js";
import {
  UPLOAD_FOR_MS,
  type Upload,
  keptUntilMs,
  outlives,
  parseUploadId,
  uploadKey,
} from "../../domain/upload.js";
import type { Engine } from "../engine.js";
import { findTopic } from "../lookup.js";

/** A message whose body was uploaded, before it is known what that is. */
export interface UploadDraft {
  readonly topic: string;
  readonly uploadId: string;
  readonly content: MessageContent;
  readonly deliverAtMs?: number;
}

export interface BodyReading {
  /** Bodies up to this size become their messages' own, as if they had been published with them. */
  readonly inlineLimitBytes: number;
  /** @throws {InvalidRequest} for bytes that are not of their type */
  readonly bodyOf: (bytes: Uint8Array, contentType: string) => MessageContent["body"];
}

const missing = (): InvalidRequest =>
  invalid("uploadId", "has no body in this topic: upload it first, as a whole and with all of its headers");

const invalid = (path: string, detail: string): InvalidRequest => new InvalidRequest([{ path, detail }]);

/** An upload that is there as it was promised. */
export interface FoundUpload extends UploadDraft {
  readonly found: Topic;
  readonly upload: Upload;
  readonly key: string;
  readonly facts: UploadFacts;
}

/** @throws {InvalidRequest} if it cannot be published {TopicNotFound} {Throttled} {StorageUnavailable} */
export async function findUpload(engine: Engine, draft: UploadDraft): Promise<FoundUpload> {
  const topic = await findTopic(engine, draft.topic);
  const upload = parseUploadId(draft.uploadId);
  if (!upload) throw invalid("uploadId", "is not an upload's id: use the uploadId that was answered");
  if (engine.clock.nowMs() > upload.createdAtMs + UPLOAD_FOR_MS)
    throw invalid("uploadId", "is older than a day, in which it had to be published: upload the body again");
  const key = uploadKey(topic, upload);
  const facts = await engine.uploads.find(key);
  if (!facts) throw missing();
  assertAsPromised(upload, facts);
  return { ...draft, found: topic, upload, key, facts };
}

/**
 * A message with the body that was uploaded for it: the body itself if it is small, otherwise where it lies. It is kept
 * before anything can refer to it, so a crash leaves at most an object that goes with its class.
 * @throws {InvalidRequest} if it cannot be published {Throttled} {StorageUnavailable}
 */
export async function uploadedContent(
  engine: Engine,
  { found: topic, upload, key, facts, uploadId, content, deliverAtMs }: FoundUpload,
  { inlineLimitBytes, bodyOf }: BodyReading,
): Promise<MessageContent> {
  const { sizeBytes, sha256, contentType } = facts;
  if (sizeBytes <= inlineLimitBytes) {
    const bytes = await engine.segments.get(key);
    if (!bytes) throw missing();
    return { ...content, body: bodyOf(bytes, contentType), contentType, uploadId };
  }
  assertOutlives(topic, upload, deliverAtMs ?? engine.clock.nowMs());
  if ((await engine.uploads.keep(key)) === "gone") throw missing();
  const untilMs = keptUntilMs(upload);
  return {
    ...content,
    body: new Uint8Array(),
    contentType,
    expiresAtMs: Math.min(content.expiresAtMs ?? Infinity, untilMs),
    uploadId,
    uploaded: { key, sizeBytes, keptUntilMs: untilMs, ...(sha256 === undefined ? {} : { sha256 }) },
  };
}

/** The signature has S3 see to this; whoever stores bodies by other means has it checked here. */
function assertAsPromised({ sizeBytes, sha256 }: Upload, facts: UploadFacts): void {
  if (facts.sizeBytes !== sizeBytes)
    throw invalid("uploadId", `has ${facts.sizeBytes} bytes, not the ${sizeBytes} that were promised`);
  if (sha256 !== undefined && facts.sha256 !== sha256)
    throw invalid("uploadId", "has another SHA-256 than was promised: upload the body again");
}

/** A delay, or a longer retention since, may be more than its class has room for. */
function assertOutlives(topic: Topic, upload: Upload, dueMs: number): void {
  if (outlives(upload, topic, dueMs)) return;
  const detail = `is kept for ${upload.classDays} days, and the message would live longer`;
  throw invalid("uploadId", `${detail}: upload the body again, and say "deliverAt" or "delaySeconds" there`);
}
