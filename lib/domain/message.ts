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
  /** Who published it, as known where it entered. Reserved: nothing sets it yet. */
  readonly publishedBy?: string;
  /** The publisher's trace context (W3C Trace Context, `traceparent`). Reserved: nothing sets it yet. */
  readonly traceparent?: string;
  /** An id given before the message had a place in a log, which it keeps. Reserved: nothing sets it yet. */
  readonly givenId?: string;
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
  const { contentType, key, tag, businessKey, publishedBy, traceparent, givenId, attributes } = content;
  let sizeBytes = bodySizeBytes(content);
  for (const text of [contentType, key, tag, businessKey, publishedBy, traceparent, givenId])
    if (text !== undefined) sizeBytes += Buffer.byteLength(text);
  for (const [name, value] of Object.entries(attributes ?? {}))
    sizeBytes += Buffer.byteLength(name) + Buffer.byteLength(String(value));
  return sizeBytes;
}

export const bodySizeBytes = ({ body }: MessageContent): number => Buffer.byteLength(body);
