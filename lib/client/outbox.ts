import { faultsIn, faultsText } from "../domain/message-limits.js";
import { JSON_TYPE, type MessageContent } from "../domain/message.js";
import {
  type WrittenAt,
  outboxMessageId,
  outboxName,
  outboxShardOf,
  parseOutboxShardKey,
  writtenAfter,
} from "../domain/outbox.js";
import { OUTBOX_ITEM_LIMIT_BYTES, outboxItemBytes, outboxItemOf } from "../domain/outbox-item.js";
import { traceContextIn } from "../domain/trace-context.js";
import { SluiceUsageError, shown } from "./errors.js";
import { jsonOf } from "./json-text.js";
import { checkedName } from "./options.js";
import type { NewMessageInput } from "./types.js";

const FIELDS = [
  "body",
  "bodyBase64",
  "contentType",
  "key",
  "tag",
  "attributes",
  "businessKey",
  "expiresInSeconds",
  "traceparent",
  "tracestate",
] as const;

/** A message as it is published, but for what only the API can do: delays, deduplication and uploads. */
export type OutboxDraft = Pick<NewMessageInput, (typeof FIELDS)[number]>;

export interface OutboxOptions {
  /** The queue's outbox table: the stack's output `OutboxTable`, or the construct's `outboxTable.tableName`. */
  readonly tableName: string;
  /** @default now */
  readonly nowMs?: number;
}

/** One of the `TransactItems` of a `TransactWriteCommand`. */
export interface OutboxItem<Value = string | number | Uint8Array> {
  readonly Put: {
    readonly TableName: string;
    readonly Item: Record<string, Value>;
    readonly ConditionExpression: string;
  };
}

/** A value as the plain client takes it. */
export type PlainOutboxValue = { readonly S: string } | { readonly N: string } | { readonly B: Uint8Array };

const YEAR_SECONDS = 31_536_000;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const NONCE_CHARACTERS = 16;

/** What this process wrote last: its messages keep their order, though its clock is set back. */
let last: WrittenAt | undefined;

/**
 * A `Put` for your own transaction: the message is published if, and only if, the transaction goes through. It is for
 * the document client; `plainOutboxItem` is for the plain one. Make one for each transaction that you begin.
 * @throws {SluiceUsageError} for a message that publish would refuse, or that is too large for an item
 */
export function outboxItem(topic: string, draft: OutboxDraft, options: OutboxOptions): OutboxItem {
  const { tableName, nowMs = Date.now() } = options;
  if (typeof tableName !== "string" || tableName === "")
    throw new SluiceUsageError(`the option "tableName" is ${shown(tableName)}: use the outbox table's name`);
  checkedName("topic", topic);
  const content = contentOf(draft, nowMs);
  last = writtenAfter(last, nowMs);
  const nonce = crypto.randomUUID().replaceAll("-", "").slice(-NONCE_CHARACTERS);
  const ref = { ...outboxShardOf(topic, content.key ?? nonce), name: outboxName(last, nonce) };
  const Item = { ...outboxItemOf(ref, content) };
  const sizeBytes = outboxItemBytes(Item);
  if (sizeBytes > OUTBOX_ITEM_LIMIT_BYTES)
    throw new SluiceUsageError(
      `the message takes ${sizeBytes} bytes, the outbox takes ${OUTBOX_ITEM_LIMIT_BYTES}: ` +
        "store its body elsewhere and put a pointer to it here",
    );
  return { Put: { TableName: tableName, Item, ConditionExpression: "attribute_not_exists(pk)" } };
}

/** Like `outboxItem`, for the `TransactWriteItemsCommand` of the plain client. @throws {SluiceUsageError} */
export function plainOutboxItem(
  topic: string,
  draft: OutboxDraft,
  options: OutboxOptions,
): OutboxItem<PlainOutboxValue> {
  const { Put } = outboxItem(topic, draft, options);
  const values = Object.entries(Put.Item).map(([name, value]) => [name, plainValue(value)] as const);
  return { Put: { ...Put, Item: Object.fromEntries(values) } };
}

function plainValue(value: string | number | Uint8Array): PlainOutboxValue {
  if (value instanceof Uint8Array) return { B: value };
  return typeof value === "number" ? { N: String(value) } : { S: value };
}

/** The id that the message has once it is published. @throws {SluiceUsageError} */
export function outboxIdOf({ Put: { Item } }: OutboxItem | OutboxItem<PlainOutboxValue>): string {
  const shard = parseOutboxShardKey(textOf(Item["pk"]));
  if (!shard) throw new SluiceUsageError("this is not an item that outboxItem has made");
  return outboxMessageId({ topic: shard.topic, name: textOf(Item["sk"]) });
}

const textOf = (value: unknown): string => (value as { readonly S?: string }).S ?? String(value);

/** A draft as it is stored. @throws {SluiceUsageError} */
function contentOf(draft: OutboxDraft, nowMs: number): MessageContent {
  if (typeof draft !== "object" || draft === null)
    throw new SluiceUsageError(
      `the message is ${shown(draft)}: use an object, such as { body: { orderId: 7 } }`,
    );
  for (const name of Object.keys(draft))
    if (!FIELDS.some((known) => known === name))
      throw new SluiceUsageError(`${name}: cannot be given to an outbox item; use ${FIELDS.join(", ")}`);
  const { key, tag, attributes, businessKey, expiresInSeconds } = draft;
  const content: MessageContent = {
    ...bodyOf(draft),
    ...(key === undefined ? {} : { key }),
    ...(tag === undefined ? {} : { tag }),
    ...traceContextIn(draft.traceparent, draft.tracestate),
    ...(attributes === undefined ? {} : { attributes }),
    ...(businessKey === undefined ? {} : { businessKey }),
    ...expiryOf(expiresInSeconds, nowMs),
  };
  const faults = faultsIn(content);
  if (faults.length > 0) throw new SluiceUsageError(faultsText(faults));
  return content;
}

function expiryOf(seconds: number | undefined, nowMs: number): { readonly expiresAtMs?: number } {
  if (seconds === undefined) return {};
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= YEAR_SECONDS)
    return { expiresAtMs: nowMs + seconds * 1_000 };
  throw new SluiceUsageError(
    `expiresInSeconds is ${shown(seconds)}: use whole seconds, 1 to ${YEAR_SECONDS}`,
  );
}

function bodyOf({
  body,
  bodyBase64,
  contentType,
}: OutboxDraft): Pick<MessageContent, "body" | "contentType"> {
  if (bodyBase64 === undefined) {
    if (contentType !== undefined)
      throw new SluiceUsageError(
        'contentType: can only be given with "bodyBase64": "body" is always application/json',
      );
    return { body: jsonBody(body), contentType: JSON_TYPE };
  }
  if (body !== undefined)
    throw new SluiceUsageError('bodyBase64: cannot be combined with "body": give one of them');
  if (typeof bodyBase64 !== "string" || !BASE64.test(bodyBase64))
    throw new SluiceUsageError("bodyBase64: must be base64 with padding");
  return {
    body: new Uint8Array(Buffer.from(bodyBase64, "base64")),
    contentType: contentType ?? "application/octet-stream",
  };
}

function jsonBody(body: unknown): string {
  let text: string | undefined;
  try {
    text = jsonOf(body);
  } catch (error) {
    throw new SluiceUsageError(`body: has no JSON: ${(error as Error).message}`, { cause: error });
  }
  // JSON.stringify gives nothing for undefined and for functions, and text with half surrogates escaped.
  if (text === undefined) throw new SluiceUsageError('body: is required (any JSON value, or "bodyBase64")');
  return text;
}
