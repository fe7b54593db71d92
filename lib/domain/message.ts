import type { Offset } from "./slot.js";

export type AttributeValue = string | number | boolean;

/** A message's content as its publisher gave it and as a slot stores it. */
export interface MessageContent {
  /** Text (JSON text where the content type is JSON), or bytes. */
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
  /** Who published it, as the entry that took it knows them. */
  readonly publishedBy?: string;
  /** The publisher's trace context (W3C Trace Context, `traceparent`). */
  readonly traceparent?: string;
  /** The id that it was given before it had its place in a log; it stays its id. */
  readonly givenId?: string;
}

/** A message that has its place in a log. */
export interface Message extends MessageContent {
  readonly id: string;
  readonly partition: number;
  readonly offset: Offset;
  readonly publishedAtMs: number;
}

export const JSON_TYPE = "application/json";

/** Whether a body of this content type is kept as text. */
export const isJson = (contentType: string): boolean =>
  /^application\/([\w.-]+\+)?json\s*(;|$)/i.test(contentType);

/** What a message takes in a slot, about: all that was given with it, uncompressed. */
export function messageSizeBytes(content: MessageContent): number {
  const { contentType, key, tag, businessKey, publishedBy, traceparent, givenId } = content;
  const attributes = Object.entries(content.attributes ?? {})
    .flat()
    .map(String);
  const texts = [contentType, key, tag, businessKey, publishedBy, traceparent, givenId, ...attributes];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text ?? ""), bodySizeBytes(content));
}

export const bodySizeBytes = ({ body }: MessageContent): number => Buffer.byteLength(body);
