import type { Offset } from "./slot.js";

export type AttributeValue = string | number | boolean;

/** A message's content, as its publisher gave it and a slot stores it. */
export interface MessageContent {
  /** Text (JSON text if the content type is JSON), or bytes. */
  readonly body: string | Uint8Array;
  readonly contentType: string;
  /** Ordering key, 1..128 characters. */
  readonly key?: string;
  /** One word for cheap filtering. */
  readonly tag?: string;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly businessKey?: string;
  /** Never delivered later than this, epoch milliseconds. */
  readonly expiresAtMs?: number;
  /** Who signed its publish: an ARN. Nobody is known where nobody checks, nor of what came by the outbox. */
  readonly publishedBy?: string;
  /** The request that published it, or asked for it to be published later: `Sluice-Request-Id` of its answer. */
  readonly requestId?: string;
  /** The publisher's trace context (trace-context.ts): passed on to consumers. */
  readonly traceparent?: string;
  /** Only beside a traceparent. */
  readonly tracestate?: string;
  /** Of messages with the same one only the first is stored, for the topic's window: 1..128 characters. */
  readonly dedupId?: string;
  /** An id given before the message had a place in a log, which it keeps. */
  readonly givenId?: string;
  /** The upload that its body came by (upload.ts). It is published once. */
  readonly uploadId?: string;
  /** Its body, if that lies in the upload's object: then `body` is empty. */
  readonly uploaded?: UploadedBody;
  /** Its content was taken out for good: nothing of the above but a given id is left, and an expiry long ago. */
  readonly erased?: Erased;
}

/** A body that is too large to be handed out with its message. */
export interface UploadedBody {
  /** Its object in the bucket. */
  readonly key: string;
  readonly sizeBytes: number;
  /** Base64url of its SHA-256, if its publisher knew it. */
  readonly sha256?: string;
  /** No longer is its object kept: nothing that refers to it may live longer, epoch milliseconds. */
  readonly keptUntilMs: number;
}

/** That a message's content is taken out for good: when (epoch milliseconds), and by whom as far as that is known. */
export interface Erasure {
  readonly atMs: number;
  readonly by?: string;
}

/** What its slot keeps of it, as long as the slot is kept. */
export interface Erased extends Erasure {
  /** The object that held the slot's messages until then: whoever erases again deletes it again. */
  readonly object?: string;
  /** The object that its body was uploaded to, which is deleted likewise. */
  readonly upload?: string;
}

/** A message with its place in a log. */
export interface Message extends MessageContent {
  readonly id: string;
  readonly partition: number;
  readonly offset: Offset;
  readonly publishedAtMs: number;
}

export const JSON_TYPE = "application/json";

/** Whether a content type is JSON, whose bodies are kept as text. */
export const isJson = (contentType: string): boolean =>
  /^application\/([\w.-]+\+)?json\s*(;|$)/i.test(contentType);

/** A message's approximate size in a slot: everything that was given with it, uncompressed. */
export function messageSizeBytes(content: MessageContent): number {
  const { contentType, key, tag, businessKey, publishedBy, dedupId, givenId, attributes } = content;
  const { traceparent, tracestate, requestId } = content;
  // Without lists: this is asked of each message that is read, several times.
  let sizeBytes = bodySizeBytes(content) + bytesOf(contentType) + bytesOf(key) + bytesOf(tag);
  sizeBytes += bytesOf(dedupId) + bytesOf(businessKey) + bytesOf(publishedBy) + bytesOf(givenId);
  sizeBytes += bytesOf(traceparent) + bytesOf(tracestate) + bytesOf(content.uploadId);
  sizeBytes += bytesOf(requestId);
  if (content.uploaded) sizeBytes += bytesOf(content.uploaded.key) + UPLOADED_BYTES;
  if (attributes)
    for (const [name, value] of Object.entries(attributes))
      sizeBytes += bytesOf(name) + bytesOf(String(value));
  return sizeBytes;
}

/** What tells of an uploaded body, beside its key. */
const UPLOADED_BYTES = 128;

const bytesOf = (text: string | undefined): number => (text === undefined ? 0 : Buffer.byteLength(text));

export const bodySizeBytes = ({ body }: MessageContent): number => Buffer.byteLength(body);

/** The same of one whose body lies elsewhere, too. */
export const wholeBodyBytes = (content: MessageContent): number =>
  content.uploaded?.sizeBytes ?? bodySizeBytes(content);

/** What is handed out in place of a body that was uploaded; undefined if it comes with its message. */
export const bodyElsewhere = ({ id, uploaded }: Pick<Message, "id" | "uploaded">) =>
  uploaded && {
    // A path of the API, at whichever address its caller reaches that. It does not age, as a signed URL would.
    bodyUrl: `/v1/messages/${id}/body`,
    bodyBytes: uploaded.sizeBytes,
    ...(uploaded.sha256 ? { bodySha256: Buffer.from(uploaded.sha256, "base64url").toString("hex") } : {}),
  };
