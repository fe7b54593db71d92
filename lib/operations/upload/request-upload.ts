import type { SignedPut } from "../../domain/ports/upload-store.js";
import { type Topic, publishIsPaused } from "../../domain/topic.js";
import { InvalidRequest, TopicPaused } from "../../domain/errors.js";
import { UPLOAD_URL_SECONDS, uploadFor, uploadId, uploadKey } from "../../domain/upload.js";
import type { Engine } from "../engine.js";
import { findTopic } from "../lookup.js";

/** What a publisher tells of a body before it uploads it. */
export interface UploadRequest {
  readonly sizeBytes: number;
  readonly contentType: string;
  /** Base64url. */
  readonly sha256?: string;
  /** When its message is to be published, if not at once: the object has to outlive that. */
  readonly deliverAtMs?: number;
}

export interface RequestedUpload extends SignedPut {
  readonly uploadId: string;
  /** When the URL ends. */
  readonly expiresAtMs: number;
}

/**
 * A place for one body, to be uploaded and then published by its id within a day. Nothing is stored for it: what is
 * never uploaded never was, and what is never published goes by the bucket's rules.
 * @throws {TopicNotFound} {TopicPaused} {InvalidRequest} for a body that is larger than this deployment takes
 */
export async function requestUpload(
  engine: Engine,
  topicName: string,
  { deliverAtMs, ...facts }: UploadRequest,
): Promise<RequestedUpload> {
  const topic: Topic = await findTopic(engine, topicName);
  const { uploadLimitBytes } = engine.settings;
  if (facts.sizeBytes > uploadLimitBytes) throw tooLarge(facts.sizeBytes, uploadLimitBytes);
  if (publishIsPaused(topic)) throw new TopicPaused(topicName);
  const nowMs = engine.clock.nowMs();
  const { contentType: _, ...promised } = facts;
  const upload = uploadFor(
    topic,
    { ...promised, nonce: engine.random.nonce(), dueMs: deliverAtMs ?? nowMs },
    nowMs,
  );
  const put = await engine.uploads.putUrl(uploadKey(topic, upload), facts, UPLOAD_URL_SECONDS);
  const { sizeBytes, classDays } = upload;
  engine.telemetry.event("upload-requested", "info", { topic: topicName, sizeBytes, keptDays: classDays });
  return { ...put, uploadId: uploadId(upload), expiresAtMs: nowMs + UPLOAD_URL_SECONDS * 1_000 };
}

function tooLarge(sizeBytes: number, limitBytes: number): InvalidRequest {
  const detail = `is ${sizeBytes}, and this queue takes bodies of up to ${limitBytes} bytes: divide the body`;
  return new InvalidRequest([{ path: "sizeBytes", detail }]);
}
