import { SluiceUsageError } from "../../lib/client/errors.js";
import {
  type Delivered,
  type InboxItem,
  type PlainValue,
  inboxItem,
  isRedelivery,
  once,
  plainInboxItem,
} from "../../lib/client/inbox.js";
import { sqsEvent } from "../../lib/adapters/lambda/sqs-event.js";
import { aTopic } from "../contract/builders.js";

const TABLE = { tableName: "inbox" };
const ID = "orders.Zk3.2.7";
const FUNCTION_ARN = "arn:aws:lambda:eu-central-1:123456789012:function:ship";
const message = { topic: "orders", subscription: "audit", id: ID };
const keyOf = (delivered: Delivered) => inboxItem(delivered, TABLE).Put.Item.id;

/** What DynamoDB says of a cancelled transaction, a reason for each item. */
const cancelled = (...CancellationReasons: readonly object[]) =>
  Object.assign(new Error("cancelled"), { name: "TransactionCanceledException", CancellationReasons });
const failed = (item: InboxItem<unknown>) => ({ Code: "ConditionalCheckFailed", Item: item.Put.Item });

describe("the key", () => {
  it.each<[string, Delivered]>([
    ["received", message],
    ["received, with more to it", { ...message, receipt: "r", attempt: 2 } as Delivered],
    ["in a function's event", record("none")],
    ["in an ordered function's event", record("key")],
    ["posted, as Node shows headers", { headers: posted((name) => name.toLowerCase()) }],
    ["posted, as a REST API shows headers", { headers: posted((name) => name) }],
    ["posted, as fetch shows headers", { headers: new Headers(posted((name) => name)) }],
    ["one of a posted list", { headers: { ...posted((name) => name), "webhook-id": "batch-x" }, id: ID }],
  ])("GIVEN a message that is %s WHEN an item is made THEN the key is the same", (_, delivered) => {
    expect(keyOf(delivered)).toBe("orders-audit#orders.Zk3.2.7");
  });

  it.each<[string, Delivered]>([
    ["another subscription", { ...message, subscription: "cart" }],
    ["another message", { ...message, id: "orders.Zk3.2.8" }],
    ["another topic", { ...message, topic: "returns" }],
  ])("GIVEN %s WHEN an item is made THEN it has a key of its own", (_, other) => {
    expect(keyOf(other)).not.toBe(keyOf(message));
  });

  it.each<[string, unknown, RegExp]>([
    ["no subscription", { topic: "orders", id: ID }, /subscription name/],
    ["no id", { topic: "orders", subscription: "audit" }, /id/],
    ["an empty id", { ...message, id: "" }, /id/],
    ["a function's event as a whole", { Records: [] }, /topic name/],
    ["a record of something else", { messageId: ID, eventSourceARN: "arn:aws:s3:::x" }, /eventSourceARN/],
    [
      "a list's request without the id of a message",
      { headers: posted((name) => name, "batch-x") },
      /several/,
    ],
    ["headers of somebody else", { headers: { "webhook-id": ID } }, /topic name/],
    ["nothing", undefined, /undefined/],
  ])("GIVEN %s WHEN an item is made THEN it is refused, with what is wrong", (_, delivered, what) => {
    const make = () => inboxItem(delivered as Delivered, TABLE);
    expect(make).toThrow(SluiceUsageError);
    expect(make).toThrow(what);
  });
});

describe("the item", () => {
  const DAY_SECONDS = 86_400;

  it("GIVEN nothing but a table WHEN an item is made THEN it outlives the longest retention", () => {
    const { Put } = inboxItem(message, { ...TABLE, nowMs: 1_000 });
    expect(Put).toEqual({
      TableName: "inbox",
      Item: { id: keyOf(message), expiresAt: 1 + 367 * DAY_SECONDS },
      ConditionExpression: "attribute_not_exists(#inbox)",
      ExpressionAttributeNames: { "#inbox": "id" },
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    });
  });

  it("GIVEN a table of one's own WHEN an item is made THEN it fits", () => {
    const options = {
      ...{ tableName: "bank", partitionKey: "pk", timeToLive: "ttl", attributes: { sk: "inbox" } },
      ...{ retentionSeconds: 3 * DAY_SECONDS, nowMs: 500 },
    };
    const { Put } = inboxItem(message, options);
    expect(Put.Item).toEqual({ pk: keyOf(message), sk: "inbox", ttl: 5 * DAY_SECONDS + 1 });
    expect(Put.ExpressionAttributeNames).toEqual({ "#inbox": "pk" });
    expect(plainInboxItem(message, options).Put.Item).toEqual({
      pk: { S: keyOf(message) },
      sk: { S: "inbox" },
      ttl: { N: String(5 * DAY_SECONDS + 1) },
    });
  });

  it.each([
    ["tableName", { tableName: "" }],
    ["partitionKey", { ...TABLE, partitionKey: "" }],
    ["timeToLive", { ...TABLE, timeToLive: 7 as unknown as string }],
    ["retentionSeconds", { ...TABLE, retentionSeconds: 0 }],
    ["retentionSeconds", { ...TABLE, retentionSeconds: Infinity }],
  ])("GIVEN a wrong %s WHEN an item is made THEN it is refused by name", (name, options) => {
    expect(() => inboxItem(message, options)).toThrow(name);
  });
});

describe("a redelivery", () => {
  const item = inboxItem(message, TABLE);
  const plain = plainInboxItem(message, TABLE);
  const none = { Code: "None" };

  it.each<[string, boolean, unknown, InboxItem | InboxItem<PlainValue>]>([
    ["the item was there", true, cancelled(failed(item), none), item],
    ["it was there, in any place", true, cancelled(none, none, failed(item)), item],
    ["it was there, as the wire has it", true, cancelled(failed(plain)), item],
    ["it was there, for the plain client", true, cancelled(failed(plain)), plain],
    [
      "it was there, and another condition failed too",
      true,
      cancelled({ Code: failed(item).Code }, failed(item)),
      item,
    ],
    ["another condition failed", false, cancelled(none, { Code: failed(item).Code }), item],
    [
      "another message's item was there",
      false,
      cancelled(failed(inboxItem({ ...message, id: "other" }, TABLE))),
      item,
    ],
    ["it met another transaction", false, cancelled({ Code: "TransactionConflict" }), item],
    ["it was throttled", false, cancelled({ Code: "ThrottlingError" }), item],
    ["nobody says why", false, Object.assign(cancelled(), { CancellationReasons: undefined }), item],
    [
      "a write alone failed",
      false,
      Object.assign(new Error("no"), { name: "ConditionalCheckFailedException" }),
      item,
    ],
    ["the network is down", false, new Error("no answer"), item],
    ["nothing was thrown", false, undefined, item],
  ])("GIVEN a transaction that failed WHEN %s THEN it is %s", async (_, is, error, of) => {
    expect(isRedelivery(error, of)).toBe(is);
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    const sent = once(of, () => Promise.reject(error));
    if (is) expect(await sent).toBe(false);
    else await expect(sent).rejects.toBe(error);
  });

  it("GIVEN a transaction that is carried out WHEN it is the first THEN that is what comes back", async () => {
    let isSent = false;
    const first = await once(item, async () => {
      await Promise.resolve();
      isSent = true;
    });
    expect([first, isSent]).toEqual([true, true]);
  });
});

function record(ordering: "none" | "key") {
  const topic = { ...aTopic(), name: "orders", ordering };
  const subscription = { name: "audit" };
  const handed = {
    id: ID,
    receipt: "r",
    attempt: 1,
    body: "{}",
    contentType: "application/json",
    attributes: {},
  };
  const more = { offset: 7, publishedAtMs: 0, firstReceivedAtMs: 0 };
  const event = sqsEvent({ topic, subscription } as never, FUNCTION_ARN, [{ ...handed, ...more } as never]);
  return event.Records[0] as unknown as Delivered;
}

function posted(spelt: (name: string) => string, id = ID): Record<string, string> {
  const headers = { "webhook-id": id, "Sluice-Topic": "orders", "Sluice-Subscription": "audit" };
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [spelt(name), value]));
}
