import fc from "fast-check";
import { itemBytes } from "../../../lib/adapters/dynamodb/items/item-size.js";
import { slotItem } from "../../../lib/adapters/dynamodb/items/slot-item.js";
import type { MessageContent } from "../../../lib/domain/message.js";
import type { Slot } from "../../../lib/domain/slot.js";
import { headerOf } from "../../../lib/domain/slot-header.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { append } from "../../../lib/operations/log/append.js";
import { aDeployment, aText } from "../a-deployment.js";

const UNIT_BYTES = 1_024;
const unitsOf = (slot: Slot, name: string, partition: number): number =>
  Math.ceil(itemBytes(slotItem({ topic: { name, uid: "u123456789" }, partition }, slot)) / UNIT_BYTES);

/** The slot that `messages` become. */
async function appended(
  messages: readonly MessageContent[],
  { name = "orders", partition = 0, inlineLimitBytes = 10_240 } = {},
): Promise<Slot> {
  const deployment = aDeployment();
  const engine = deployment.process(undefined, { inlineLimitBytes });
  const topic = (await putTopic(engine, name, { partitions: 256 })).value;
  return (await append(engine, topic, messages, () => partition)).slot;
}

const many = (count: number, fields: (at: number) => Partial<MessageContent>): MessageContent[] =>
  Array.from({ length: count }, (_, at) => aText(`{"order":${at}}`, fields(at)));

describe("the header of a slot", () => {
  it("costs no write unit where the slot holds its own bytes, whatever its topic and messages", async () => {
    const message = fc.record({
      bodyLength: fc.nat(300),
      tag: fc.option(fc.string({ maxLength: 40 }), { nil: undefined }),
      key: fc.option(fc.string({ maxLength: 40 }), { nil: undefined }),
    });
    const headers: string[] = [];
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { minLength: 1, maxLength: 60, size: "max" }),
        fc.integer({ min: 1, max: 80 }),
        fc.nat(255),
        async (fields, nameLength, partition) => {
          const name = "n".repeat(nameLength);
          const messages = fields.map(({ bodyLength, tag, key }, at) =>
            aText(`${at}`.repeat(bodyLength), {
              ...(tag === undefined ? {} : { tag }),
              ...(key === undefined ? {} : { key }),
            }),
          );
          const slot = await appended(messages, { name, partition });
          headers.push(slot.header.kind);
          const without = unitsOf({ ...slot, header: { kind: "none" } }, name, partition);
          expect(unitsOf(slot, name, partition)).toBe(without);
        },
      ),
      { numRuns: 200, endOnFailure: true },
    );
    // There is room often, and not always.
    expect(headers).toContain("text");
    expect(headers).toContain("left-out");
  });

  it("tells of a batch of few kinds, beside bytes that lie in S3, for two write units at the most", async () => {
    const fields = (at: number) => ({ tag: at % 2 === 0 ? "created" : "paid", attributes: { region: "eu" } });
    const slot = await appended(many(500, fields), { inlineLimitBytes: 0 });
    expect(headerOf(slot)).toEqual(Array.from({ length: 500 }, (_, at) => fields(at)));
    const keys = await appended(
      many(1_000, (at) => ({ key: `customer-${at}` })),
      { inlineLimitBytes: 0 },
    );
    expect(headerOf(keys)).toBe("open-it");
    expect(unitsOf(keys, "orders", 0)).toBe(1);
    const largest = Array.from({ length: 1_000 }, (_, count) => count + 1).map(async (count) => {
      const sized = await appended([aText("x", { tag: "t".repeat(count * 2) })], { inlineLimitBytes: 0 });
      return unitsOf(sized, "orders", 0);
    });
    expect(Math.max(...(await Promise.all(largest)))).toBe(3);
  });

  it("is nothing for messages that have none of it", async () => {
    const slot = await appended(many(100, () => ({})));
    expect(slot.header).toEqual({ kind: "none" });
    expect(headerOf(slot)).toHaveLength(100);
  });
});
