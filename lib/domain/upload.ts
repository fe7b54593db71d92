import { invariant } from "./invariant.js";
import type { MessageContent } from "./message.js";
import { segmentClassDays, segmentPrefix } from "./segment-key.js";
import type { Topic, TopicRef } from "./topic.js";

/**
 * A body that its publisher puts into the bucket itself, before its message is published. All that was promised of it
 * is in its id, so nothing is stored of an upload but its object. Times are epoch milliseconds.
 */
export interface Upload {
  /** The retention class of its object: nothing makes it live longer. */
  readonly classDays: number;
  readonly createdAtMs: number;
  readonly sizeBytes: number;
  readonly nonce: string;
  /** Base64url of the SHA-256 of its bytes, if its publisher knew it. */
  readonly sha256?: string;
}

/** What one PUT of S3 takes. */
export const UPLOAD_LIMIT_BYTES = 5 * 1024 ** 3;
/** How long its URL takes a PUT; one that began before goes on. */
export const UPLOAD_URL_SECONDS = 3_600;
const DAY_MS = 86_400_000;
/** How long it can be published, once it was asked for. */
export const UPLOAD_FOR_MS = DAY_MS;
/**
 * The bucket deletes what was not published after so many days, by its tag: a day after the last publish of it can have
 * begun.
 */
export const UNUSED_UPLOAD_DAYS = 2;
export const UNUSED_TAG = { key: "sluice-upload", value: "unused" } as const;
/** A dead letter of it is kept for so long after its topic's retention, as others are by default. */
const DEAD_LETTER_MS = 14 * DAY_MS;
/** Margin for clocks that differ. */
const HOUR_MS = 60 * 60_000;
const SKEW_MS = HOUR_MS;

/** A new upload, which outlives a message that is due at `dueMs`, its topic's retention, and a dead letter of it. */
export function uploadFor(
  { retentionSeconds }: Pick<Topic, "retentionSeconds">,
  { dueMs, ...promised }: Pick<Upload, "sizeBytes" | "nonce" | "sha256"> & { readonly dueMs: number },
  nowMs: number,
): Upload {
  const lastMs = Math.max(dueMs, nowMs + UPLOAD_FOR_MS) + retentionSeconds * 1_000 + DEAD_LETTER_MS;
  return { ...promised, classDays: segmentClassDays(lastMs, nowMs), createdAtMs: nowMs };
}

/** `days.time.size.nonce`, and the digest if there is one: safe in a URL, and opaque to users. */
export function uploadId({ classDays, createdAtMs, sizeBytes, nonce, sha256 }: Upload): string {
  const parts = [classDays, createdAtMs.toString(36), sizeBytes.toString(36), nonce];
  const id = [...parts, ...(sha256 === undefined ? [] : [sha256])].join(".");
  invariant(parseUploadId(id)?.sizeBytes === sizeBytes, "an upload's id can be read back");
  return id;
}

type Digits = [days: string, created: string, size: string, nonce: string, sha256: string | undefined];

const ID = /^(\d{1,3})\.([0-9a-z]{1,9})\.([0-9a-z]{1,7})\.([\w-]{1,48})(?:\.([\w-]{43}))?$/;

/** undefined if it is not an upload's id. */
export function parseUploadId(id: string): Upload | undefined {
  const match = ID.exec(id);
  if (!match) return undefined;
  const [, days, created, size, nonce, sha256] = match as unknown as [string, ...Digits];
  const [classDays, createdAtMs, sizeBytes] = [Number(days), parseInt(created, 36), parseInt(size, 36)];
  return { classDays, createdAtMs, sizeBytes, nonce, ...(sha256 ? { sha256 } : {}) };
}

/** Its object lies where its class has it deleted. An id names objects of its topic only, whatever is in it. */
export const uploadKey = ({ name, uid }: TopicRef, upload: Upload): string =>
  `${segmentPrefix(upload.classDays)}${name}/${uid}/upload.${uploadId(upload)}`;

/** The object that a message's body came by, whether or not it lies there now. */
export function uploadOf(
  topic: TopicRef,
  { uploadId: id }: Pick<MessageContent, "uploadId">,
): string | undefined {
  const upload = id === undefined ? undefined : parseUploadId(id);
  return upload && uploadKey(topic, upload);
}

/** From then on nothing may refer to its object any more. A full hour, since dead letters are counted by the hour. */
export const keptUntilMs = ({ createdAtMs, classDays }: Upload): number =>
  Math.floor((createdAtMs + classDays * DAY_MS - SKEW_MS) / HOUR_MS) * HOUR_MS;

/** Whether a message that is due at `dueMs` keeps its body for as long as its topic keeps messages. */
export const outlives = (
  upload: Upload,
  { retentionSeconds }: Pick<Topic, "retentionSeconds">,
  dueMs: number,
): boolean => dueMs + retentionSeconds * 1_000 <= keptUntilMs(upload);
