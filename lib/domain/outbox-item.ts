import type { FieldProblem } from "./errors.js";
import { faultsIn, faultsText } from "./message-limits.js";
import { type AttributeValue, JSON_TYPE, type MessageContent } from "./message.js";
import { traceContextIn } from "./trace-context.js";
import {
  type OutboxMessage,
  type OutboxRef,
  type OutboxShard,
  isOutboxName,
  outboxShardKey,
} from "./outbox.js";

/*
 * A message as users' own transactions put it into the outbox, by whichever client of DynamoDB. Its format is a promise
 * to them (docs/stored-items.md): a deployment reads the items of older libraries.
 */

/** As in all stored items: major × 100 + minor. */
const FORMAT = 100;
/** DynamoDB's limit for one item, its keys and attribute names included. */
const ITEM_LIMIT_BYTES = 400 * 1_024;
/** What is added to an item that its topic refuses. */
const REFUSAL_BYTES = 2_048;
/** So that whatever becomes of it, it can be kept. */
export const OUTBOX_ITEM_LIMIT_BYTES = ITEM_LIMIT_BYTES - REFUSAL_BYTES;
const BYTES_TYPE = "application/octet-stream";

/** Texts, numbers and bytes only, so that any client takes them. */
export type OutboxItemValues = Readonly<Record<string, string | number | Uint8Array>>;

export function outboxItemOf(ref: OutboxRef, content: MessageContent): OutboxItemValues {
  const { body, contentType, key, tag, attributes, businessKey, expiresAtMs } = content;
  const { traceparent, tracestate } = content;
  const usual = typeof body === "string" ? JSON_TYPE : BYTES_TYPE;
  return {
    pk: outboxShardKey(ref),
    sk: ref.name,
    f: FORMAT,
    body,
    ...(contentType === usual ? {} : { type: contentType }),
    ...(key === undefined ? {} : { k: key }),
    ...(tag === undefined ? {} : { t: tag }),
    ...(attributes === undefined ? {} : { a: JSON.stringify(attributes) }),
    ...(businessKey === undefined ? {} : { b: businessKey }),
    ...(expiresAtMs === undefined ? {} : { x: expiresAtMs }),
    ...(traceparent === undefined ? {} : { tp: traceparent }),
    ...(tracestate === undefined ? {} : { ts: tracestate }),
  };
}

/** What an item holds, or what is wrong with it: anybody who may publish to a topic may put what they like. */
type OutboxItemContent = { readonly content: MessageContent } | { readonly faults: readonly FieldProblem[] };

export function contentInOutboxItem(item: Readonly<Record<string, unknown>>): OutboxItemContent {
  const { body, type, k: key, t: tag, a: attributesText, b: businessKey, x: expiresAtMs } = item;
  if (typeof body !== "string" && !(body instanceof Uint8Array))
    return { faults: [{ path: "body", detail: "is missing" }] };
  if (type !== undefined && typeof type !== "string")
    return { faults: [{ path: "contentType", detail: "must be a media type, such as image/png" }] };
  const attributes = attributesIn(attributesText);
  if (attributes === "unreadable")
    return { faults: [{ path: "attributes", detail: "is not the JSON text of an object" }] };
  if (expiresAtMs !== undefined && !Number.isSafeInteger(expiresAtMs))
    return { faults: [{ path: "expiresAtMs", detail: "must be a time in milliseconds" }] };
  // What has another type than it should is found as a fault.
  const content = {
    body,
    contentType: type ?? (typeof body === "string" ? JSON_TYPE : BYTES_TYPE),
    ...(key === undefined ? {} : { key: key as string }),
    ...(tag === undefined ? {} : { tag: tag as string }),
    ...(attributes === undefined ? {} : { attributes }),
    ...(businessKey === undefined ? {} : { businessKey: businessKey as string }),
    ...(expiresAtMs === undefined ? {} : { expiresAtMs: expiresAtMs as number }),
    ...traceContextIn(item["tp"], item["ts"]),
  };
  const faults = faultsIn(content);
  return faults.length > 0 ? { faults } : { content };
}

function attributesIn(text: unknown): Readonly<Record<string, AttributeValue>> | "unreadable" | undefined {
  if (text === undefined) return undefined;
  if (typeof text !== "string") return "unreadable";
  try {
    return JSON.parse(text) as Readonly<Record<string, AttributeValue>>;
  } catch {
    return "unreadable";
  }
}

/** The size of an item, as DynamoDB counts it: names and values, a number with two digits a byte. */
export const outboxItemBytes = (item: Readonly<Record<string, unknown>>): number =>
  Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + bytesOf(value), 0);

function bytesOf(value: unknown): number {
  if (value instanceof Uint8Array) return value.length;
  if (typeof value === "number") return Math.ceil(String(value).length / 2) + 1;
  return typeof value === "string" ? Buffer.byteLength(value) : 1;
}

/** What waits in a shard. Anybody who may publish to a topic may put what they like there: nothing makes this fail. */
export function outboxMessageOf(
  { topic, shard }: OutboxShard,
  item: Readonly<Record<string, unknown>>,
  isTooNew = false,
): OutboxMessage {
  const ref = { topic, shard, name: String(item["sk"]), sizeBytes: outboxItemBytes(item) };
  if (isTooNew) return { ...ref, content: undefined, isTooNew };
  const fault = faultOf(ref.name, item["f"]);
  if (fault !== undefined) return { ...ref, content: undefined, fault };
  const found = contentInOutboxItem(item);
  if ("content" in found) return { ...ref, content: found.content };
  return { ...ref, content: undefined, fault: faultsText(found.faults) };
}

function faultOf(name: string, format: unknown): string | undefined {
  if (!isOutboxName(name)) return "its sort key is not one that outboxItem gives";
  return format === undefined || typeof format === "number" ? undefined : "f must be a number";
}
