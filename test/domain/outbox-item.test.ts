import fc from "fast-check";
import type { MessageContent } from "../../lib/domain/message.js";
import { outboxName, outboxShardOf } from "../../lib/domain/outbox.js";
import { contentInOutboxItem, outboxItemBytes, outboxItemOf } from "../../lib/domain/outbox-item.js";
import { itemBytes } from "../../lib/adapters/dynamodb/items/item-size.js";

const REF = { ...outboxShardOf("orders", "k"), name: outboxName({ ms: 1, count: 0 }, "0123456789abcdef") };
const JSON_MESSAGE: MessageContent = {
  body: '{"orderId":12345678901234567890}',
  contentType: "application/json",
};

describe("an item of the outbox", () => {
  it.each<[string, MessageContent]>([
    ["JSON, to the last digit", JSON_MESSAGE],
    ["bytes", { body: new Uint8Array([0, 255]), contentType: "application/octet-stream" }],
    ["bytes of a type", { body: new Uint8Array([1]), contentType: "image/png" }],
    [
      "every field",
      {
        ...JSON_MESSAGE,
        key: "k",
        tag: "created",
        attributes: { region: "eu", amount: 12.5, isNew: true },
        businessKey: "7",
        expiresAtMs: 99,
        traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        tracestate: "vendor=1",
      },
    ],
  ])("gives back what was put: %s", (_, content) => {
    expect(contentInOutboxItem(outboxItemOf(REF, content))).toEqual({ content });
  });

  it.each([
    [{ body: undefined }, "body"],
    [{ body: 7 }, "body"],
    [{ body: "{" }, "body"],
    [{ type: 7 }, "contentType"],
    [{ a: 7 }, "attributes"],
    [{ a: "{" }, "attributes"],
    [{ a: "null" }, "attributes"],
    [{ a: "[1]" }, "attributes"],
    [{ a: '{"x":{}}' }, "attributes.x"],
    [{ k: 7 }, "key"],
    [{ t: "two words" }, "tag"],
    [{ b: "" }, "businessKey"],
    [{ x: "soon" }, "expiresAtMs"],
  ])("says what is wrong with one that somebody else wrote: %j", (change, path) => {
    const found = contentInOutboxItem({ ...outboxItemOf(REF, JSON_MESSAGE), ...change });
    expect("faults" in found && found.faults.map((fault) => fault.path)).toEqual([path]);
  });

  it("never throws, and gives nothing that is not sound, whatever an item holds", () => {
    const values = fc.dictionary(fc.constantFrom("body", "type", "k", "t", "a", "b", "x"), fc.anything());
    fc.assert(
      fc.property(values, (item) => {
        const found = contentInOutboxItem(item);
        if ("content" in found) expect(contentInOutboxItem(outboxItemOf(REF, found.content))).toEqual(found);
        else expect(found.faults.length).toBeGreaterThan(0);
      }),
    );
  });

  it("counts an item's bytes as the tables' own items are counted", () => {
    const item = outboxItemOf(REF, { ...JSON_MESSAGE, key: "é", attributes: { a: 1 }, expiresAtMs: 123 });
    expect(outboxItemBytes(item)).toBe(itemBytes(item));
  });
});
