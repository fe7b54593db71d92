import { vendorItem } from "../../lib/adapters/dynamodb/items/attribute-value.js";
import { contentInOutboxItem } from "../../lib/domain/outbox-item.js";
import { isOutboxName, parseOutboxShardKey } from "../../lib/domain/outbox.js";
import {
  JsonText,
  SluiceUsageError,
  outboxIdOf,
  outboxItem,
  plainOutboxItem,
} from "../../lib/client/index.js";
import type { OutboxDraft, OutboxItem } from "../../lib/client/index.js";

const TABLE = { tableName: "the-outbox" };
const itemOf = (draft: OutboxDraft, topic = "orders"): OutboxItem => outboxItem(topic, draft, TABLE);
const contentOf = (draft: OutboxDraft) => contentInOutboxItem(itemOf(draft).Put.Item);

describe("outboxItem", () => {
  it("makes a Put of one message, under a key that begins with its topic", () => {
    const { Put } = itemOf({ body: { orderId: 7 } });
    expect(Put.TableName).toBe("the-outbox");
    expect(Put.ConditionExpression).toBe("attribute_not_exists(pk)");
    expect(parseOutboxShardKey(String(Put.Item["pk"]))?.topic).toBe("orders");
    expect(isOutboxName(String(Put.Item["sk"]))).toBe(true);
  });

  it("stores what publish would", () => {
    const meta = { key: "k", tag: "t", attributes: { a: 1.5, b: "x", c: true }, businessKey: "7" };
    expect(contentOf({ body: { orderId: 7 }, ...meta })).toEqual({
      content: { body: '{"orderId":7}', contentType: "application/json", ...meta },
    });
    expect(contentOf({ bodyBase64: "AAE=", contentType: "image/png" })).toEqual({
      content: { body: new Uint8Array([0, 1]), contentType: "image/png" },
    });
    expect(contentOf({ body: new JsonText("12345678901234567890") })).toMatchObject({
      content: { body: "12345678901234567890" },
    });
    expect(contentOf({ body: null })).toMatchObject({ content: { body: "null" } });
  });

  it("counts an expiry from when it was made", () => {
    const { Put } = outboxItem("orders", { body: 1, expiresInSeconds: 60 }, { ...TABLE, nowMs: 4_000 });
    expect(contentInOutboxItem(Put.Item)).toMatchObject({ content: { expiresAtMs: 64_000 } });
  });

  it("keeps the order in which it made them, in one millisecond and though the clock is set back", () => {
    const names = [9e12, 9e12, 9e12 - 5_000, 9e12 + 1].map(
      (nowMs) => outboxItem("orders", { body: 1, key: "k" }, { ...TABLE, nowMs }).Put.Item["sk"],
    );
    expect([...names].sort()).toEqual(names);
    expect(new Set(names).size).toBe(names.length);
  });

  it("keeps a key in one shard", () => {
    const shards = new Set([1, 2, 3].map((body) => itemOf({ body, key: "k" }).Put.Item["pk"]));
    expect(shards.size).toBe(1);
  });

  it("says the id that the message will have", () => {
    const item = itemOf({ body: 1 });
    expect(outboxIdOf(item)).toBe(`orders.${String(item.Put.Item["sk"])}`);
    const plain = plainOutboxItem("orders", { body: 1 }, TABLE);
    expect(outboxIdOf(plain)).toMatch(/^orders\.[0-9a-z]{9}-/);
  });

  it("gives the plain client what the document client would make of it", () => {
    const draft: OutboxDraft = { bodyBase64: "AAE=", key: "k", expiresInSeconds: 5 };
    const { Item } = plainOutboxItem("orders", draft, { ...TABLE, nowMs: 9.5e12 }).Put;
    const { Item: plain } = outboxItem("orders", draft, { ...TABLE, nowMs: 9.6e12 }).Put;
    const same = { ...plain, sk: Item["sk"]?.["S" as never] ?? "", x: 9.5e12 + 5_000 };
    expect(Item).toEqual(vendorItem(same));
  });

  it.each<[string, OutboxDraft, RegExp]>([
    ["no body", {}, /body: is required/],
    ["a function as its body", { body: () => 1 }, /body: is required/],
    ["a body without JSON", { body: 1n }, /body: has no JSON/],
    ["two bodies", { body: 1, bodyBase64: "AAE=" }, /bodyBase64: cannot be combined/],
    ["wrong base64", { bodyBase64: "AAE" }, /bodyBase64: must be base64/],
    ["a type for JSON", { body: 1, contentType: "text/plain" }, /contentType: can only be given/],
    ["a type that is none", { bodyBase64: "AAE=", contentType: "png" }, /contentType: must be a media type/],
    ["an empty key", { body: 1, key: "" }, /key: must be text/],
    ["a tag of two words", { body: 1, tag: "a b" }, /tag: must be one word/],
    ["an attribute that is not a number", { body: 1, attributes: { a: NaN } }, /attributes\.a: must be/],
    ["an expiry of no time", { body: 1, expiresInSeconds: 0 }, /expiresInSeconds is 0/],
    ["a delay", { body: 1, delaySeconds: 5 } as OutboxDraft, /delaySeconds: cannot be given to an outbox/],
    ["a deduplication id", { body: 1, dedupId: "x" } as OutboxDraft, /dedupId: cannot be given/],
    [
      "more than an item takes",
      { body: "x".repeat(410_000) },
      /takes 410\d{3} bytes, the outbox takes 407552/,
    ],
    ["nothing", undefined as unknown as OutboxDraft, /the message is undefined/],
  ])("refuses %s", (_, draft, text) => {
    expect(() => itemOf(draft)).toThrow(SluiceUsageError);
    expect(() => itemOf(draft)).toThrow(text);
  });

  it("takes a message as large as an item", () => {
    const { Put } = itemOf({ body: "x".repeat(407_000), key: "k" });
    expect(String(Put.Item["body"]).length).toBe(407_002);
  });

  it("refuses a topic or a table without a name", () => {
    expect(() => itemOf({ body: 1 }, "or ders")).toThrow(/^"or ders" is not a topic name: use 1 to 80/);
    expect(() => outboxItem("orders", { body: 1 }, { tableName: "" })).toThrow(/"tableName"/);
    expect(() => outboxIdOf({ Put: { ...itemOf({ body: 1 }).Put, Item: { pk: "x", sk: "y" } } })).toThrow(
      SluiceUsageError,
    );
  });
});

it("GIVEN a trace WHEN a message goes through the outbox THEN its item has it, if it is valid", () => {
  const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const itemOf = (draft: object) =>
    outboxItem("orders", { body: 1, ...draft }, { tableName: "outbox" }).Put.Item;
  expect(itemOf({ traceparent, tracestate: "vendor=1" })).toMatchObject({ tp: traceparent, ts: "vendor=1" });
  expect(itemOf({ traceparent: "00-bad", tracestate: "vendor=1" })).not.toHaveProperty("tp");
});
