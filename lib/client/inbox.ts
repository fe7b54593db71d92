import { SluiceUsageError, shown } from "./errors.js";
import { checkedName } from "./options.js";

/** A message that `receive`, `consume` or `consumeBatches` brought. */
export interface DeliveredByClient {
  readonly topic: string;
  readonly subscription: string;
  /** The message's, or one of your own that names the effect, such as a transfer's. */
  readonly id: string;
}

/** A record of a pushed function's event. */
export interface DeliveredToLambda {
  readonly messageId: string;
  readonly eventSourceARN: string;
}

/** A request to a webhook. Verify its signature first. */
export interface DeliveredToWebhook {
  readonly headers:
    { get(name: string): string | null } | Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The message's, where a request carries a list of them. @default the header `webhook-id` */
  readonly id?: string;
}

export type Delivered = DeliveredByClient | DeliveredToLambda | DeliveredToWebhook;

export interface InboxOptions {
  readonly tableName: string;
  /** The table's partition key, a string. @default "id" */
  readonly partitionKey?: string;
  /** The attribute that the table's time to live looks at. @default "expiresAt" */
  readonly timeToLive?: string;
  /**
   * The longest retention that the topic has had while its present messages were published. The item outlives it by two
   * days. @default a year, the longest that a topic can have
   */
  readonly retentionSeconds?: number;
  /** More attributes of the item: a sort key's, for example. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** @default now */
  readonly nowMs?: number;
}

/** One of the `TransactItems` of a `TransactWriteCommand`. */
export interface InboxItem<Value = string | number> {
  readonly Put: {
    readonly TableName: string;
    readonly Item: Record<string, Value>;
    readonly ConditionExpression: string;
    readonly ExpressionAttributeNames: Record<string, string>;
    readonly ReturnValuesOnConditionCheckFailure: "ALL_OLD";
  };
}

/** A value as the plain client takes it. */
export type PlainValue = { readonly S: string } | { readonly N: string };

const YEAR_SECONDS = 31_536_000;
/**
 * What was handed out just before its topic's retention ended is still at work for half a day at the most, by clocks
 * that are minutes apart; the rest is room for a process that stood still.
 */
const MARGIN_SECONDS = 2 * 86_400;
/** DynamoDB takes 2,048 bytes; this leaves room for a topic and a subscription. */
const ID_LIMIT_CHARACTERS = 512;

/**
 * A conditional `Put` for the transaction in which a consumer writes a message's effect. The first delivery stores it
 * with the effect. Any other one fails its condition, so nothing of the transaction is carried out: see `isRedelivery`.
 * It is for the document client; `plainInboxItem` is for the plain one.
 * @throws {SluiceUsageError}
 */
export function inboxItem(delivered: Delivered, options: InboxOptions): InboxItem {
  const { tableName, partitionKey = "id", timeToLive = "expiresAt", attributes = {} } = options;
  const { retentionSeconds = YEAR_SECONDS, nowMs = Date.now() } = options;
  for (const [name, value] of Object.entries({ tableName, partitionKey, timeToLive })) {
    if (typeof value !== "string" || value === "")
      throw new SluiceUsageError(`the option "${name}" is ${shown(value)}: use a text that is not empty`);
  }
  if (!(retentionSeconds > 0 && retentionSeconds <= YEAR_SECONDS))
    throw new SluiceUsageError(
      `the option "retentionSeconds" is ${shown(retentionSeconds)}: use seconds, up to ${YEAR_SECONDS}`,
    );
  return {
    Put: {
      TableName: tableName,
      Item: {
        ...attributes,
        [partitionKey]: inboxKey(delivered),
        [timeToLive]: Math.ceil(nowMs / 1_000 + retentionSeconds + MARGIN_SECONDS),
      },
      ConditionExpression: "attribute_not_exists(#inbox)",
      ExpressionAttributeNames: { "#inbox": partitionKey },
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    },
  };
}

/** Like `inboxItem`, for the `TransactWriteItemsCommand` of the plain client. @throws {SluiceUsageError} */
export function plainInboxItem(delivered: Delivered, options: InboxOptions): InboxItem<PlainValue> {
  const { Put } = inboxItem(delivered, options);
  const values = Object.entries(Put.Item).map(([name, value]): [string, PlainValue] => [
    name,
    typeof value === "number" ? { N: String(value) } : { S: value },
  ]);
  return { Put: { ...Put, Item: Object.fromEntries(values) } };
}

/**
 * Whether a transaction was cancelled because `item` was stored before: this message has had its effect, so acknowledge
 * it. Any other error says that it has not, as far as is known: throw it, and the message comes again.
 */
export function isRedelivery(error: unknown, item: InboxItem | InboxItem<PlainValue>): boolean {
  const { name, CancellationReasons } = (error ?? {}) as Cancelled;
  if (name !== "TransactionCanceledException") return false;
  const { Item, ExpressionAttributeNames } = item.Put;
  const partitionKey = ExpressionAttributeNames["#inbox"] ?? "";
  const key = textOf(Item[partitionKey]);
  return (CancellationReasons ?? []).some(
    ({ Code, Item: there }) => Code === "ConditionalCheckFailed" && textOf(there?.[partitionKey]) === key,
  );
}

/**
 * Sends a transaction that has `item` in it. Resolves to whether it took effect: false means that an earlier delivery
 * did that. Rejects with any other error.
 */
export async function once(
  item: InboxItem | InboxItem<PlainValue>,
  send: () => Promise<unknown>,
): Promise<boolean> {
  try {
    await send();
    return true;
  } catch (error) {
    if (isRedelivery(error, item)) return false;
    throw error;
  }
}

/** An error of DynamoDB. Each reason stands at the place of its item, and has the item that was there. */
interface Cancelled {
  readonly name?: unknown;
  readonly CancellationReasons?: readonly {
    readonly Code?: string;
    readonly Item?: Readonly<Record<string, unknown>>;
  }[];
}

/** The document client leaves the items of an error as they are on the wire. */
const textOf = (value: unknown): unknown => (value as { readonly S?: string } | undefined)?.S ?? value;

/** The subscription and the message: the same for each delivery, whichever way it comes. */
function inboxKey(delivered: Delivered): string {
  const { subscription, id } = addressOf(delivered);
  if (typeof id === "string" && id !== "" && id.length <= ID_LIMIT_CHARACTERS) return `${subscription}#${id}`;
  throw new SluiceUsageError(
    `the message's id is ${shown(id)}: use a text of 1 to ${ID_LIMIT_CHARACTERS} characters`,
  );
}

function addressOf(delivered: Delivered): { readonly subscription: string; readonly id: unknown } {
  if (typeof delivered !== "object" || delivered === null)
    throw new SluiceUsageError(`the message is ${shown(delivered)}: pass ${CHOICES}`);
  if ("eventSourceARN" in delivered) return addressOfRecord(delivered);
  if ("headers" in delivered) return addressOfRequest(delivered);
  const { topic, subscription, id } = delivered;
  return { subscription: subscriptionName(topic, subscription), id };
}

const CHOICES =
  "{ topic, subscription, id }, a record of a function's event, or { headers } of a webhook's request";

function addressOfRecord({ messageId: id, eventSourceARN }: DeliveredToLambda) {
  const subscription = /^arn:[^:]*:sqs:[^:]*:[^:]*:([\w-]+)(\.fifo)?$/.exec(eventSourceARN)?.[1];
  if (subscription !== undefined) return { subscription, id };
  throw new SluiceUsageError(
    `eventSourceARN is ${shown(eventSourceARN)}: pass a record of the event as it is`,
  );
}

function addressOfRequest({ headers, id }: DeliveredToWebhook) {
  const [topic, name] = [headerOf(headers, "sluice-topic"), headerOf(headers, "sluice-subscription")];
  const webhookId = headerOf(headers, "webhook-id");
  if (id === undefined && webhookId?.startsWith("batch-"))
    throw new SluiceUsageError("the request has several messages: pass { headers, id } with the id of one");
  return { subscription: subscriptionName(topic, name), id: id ?? webhookId };
}

function headerOf(headers: DeliveredToWebhook["headers"], name: string): string | undefined {
  if (typeof headers.get === "function") return headers.get(name) ?? undefined;
  const [, value] = Object.entries(headers).find(([other]) => other.toLowerCase() === name) ?? [];
  return typeof value === "string" ? value : undefined;
}

/** As a pushed function's event names it, so that a change of the target changes no key. */
const subscriptionName = (topic: unknown, subscription: unknown): string =>
  `${checkedName("topic", topic)}-${checkedName("subscription", subscription)}`;
