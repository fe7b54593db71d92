import fc from "fast-check";
import type { MessageContent } from "../../lib/domain/message.js";
import type { SlotHeader } from "../../lib/domain/slot.js";
import { encodeHeader, headerOf } from "../../lib/domain/slot-header.js";

type Fields = Partial<MessageContent>;

const aMessage = (fields: Fields = {}): MessageContent => ({
  body: "{}",
  contentType: "text/plain",
  ...fields,
});
const read = (header: SlotHeader, count: number) => headerOf({ header, count });
const textOf = (header: SlotHeader): string => (header.kind === "text" ? header.text : header.kind);
const encoded = (...messages: readonly Fields[]): SlotHeader =>
  encodeHeader(messages.map(aMessage), Infinity);

const few = <T>(values: readonly T[]) => fc.constantFrom(...values);
const someFields = fc.record(
  {
    key: fc.oneof(few(["a", "b"]), fc.string({ unit: "grapheme" })),
    tag: fc.oneof(few(["created", "paid"]), fc.string({ unit: "grapheme" })),
    attributes: fc.dictionary(
      fc.stringMatching(/^[A-Za-z][\w.-]{0,9}$/),
      fc.oneof(fc.string({ unit: "grapheme" }), fc.boolean(), fc.integer(), fc.maxSafeInteger()),
      { maxKeys: 3 },
    ),
    expiresAtMs: fc.nat(9_000_000_000_000),
  },
  { requiredKeys: [] },
);

describe("a slot's header", () => {
  it("tells of each message what its publisher gave it, in order", () => {
    fc.assert(
      fc.property(fc.array(someFields, { minLength: 1, maxLength: 100, size: "max" }), (fields) => {
        expect(read(encoded(...fields), fields.length)).toEqual(fields);
      }),
    );
  });

  it("keeps as many kinds of messages apart as there are", () => {
    for (const kinds of [1, 2, 63, 64, 65, 200]) {
      const fields = Array.from({ length: 400 }, (_, at) => ({ tag: `tag-${at % kinds}` }));
      expect(read(encoded(...fields), 400)).toEqual(fields);
    }
  });

  it("is nothing where no message has any of it, and then says so of each", () => {
    expect(encoded({}, { businessKey: "b" })).toEqual({ kind: "none" });
    expect(read({ kind: "none" }, 2)).toEqual([{}, {}]);
  });

  it("says which ids were given before, but not the ids: they are long, and in the bytes", () => {
    const header = encoded({ tag: "t" }, { givenId: "orders.0mfg3k2x1-0123456789abcdefghij" });
    expect(read(header, 2)).toEqual([{ tag: "t" }, { hasGivenId: true }]);
    expect(textOf(header)).not.toContain("orders");
  });

  it("says once what many messages have alike: 1,000 of three kinds take little more than 1,000 bytes", () => {
    const fields = Array.from({ length: 1_000 }, (_, at) => ({
      tag: ["created", "paid", "shipped"][at % 3] as string,
      attributes: { region: "eu-central-1", vip: at % 2 === 0 },
    }));
    expect(textOf(encoded(...fields)).length).toBeLessThan(2_200);
    expect(textOf(encoded(...fields.map(({ tag }) => ({ tag })))).length).toBeLessThan(1_050);
  });

  it("is text that anybody reads: columns of values, and one character a message that names its value", () => {
    const fields = [{ key: "k1" }, { key: "k2", tag: "paid" }, { tag: "paid" }];
    expect(JSON.parse(textOf(encoded(...fields)))).toEqual({
      k: [["k1", "k2", null]],
      t: [[null, "paid"], "ABB"],
    });
  });

  it("is left out as soon as it takes more room than there is: then the slot has to be opened", () => {
    const messages = [aMessage({ tag: "paid" })];
    const sizeBytes = textOf(encoded({ tag: "paid" })).length + 25;
    expect(encodeHeader(messages, sizeBytes).kind).toBe("text");
    expect(encodeHeader(messages, sizeBytes - 1)).toEqual({ kind: "left-out" });
    expect(encodeHeader(messages, 0)).toEqual({ kind: "left-out" });
    expect(read({ kind: "left-out" }, 1)).toBe("open-it");
  });

  it("is not believed once it is damaged, nor in a slot of another count: then the bytes tell", () => {
    const header = encoded({ tag: "paid" }, { tag: "created" });
    const text = textOf(header);
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, character) => {
        fc.pre(text[at] !== character);
        const damaged = { ...header, text: text.slice(0, at) + character + text.slice(at + 1) } as SlotHeader;
        expect(read(damaged, 2)).toBe("open-it");
      }),
    );
    expect(read({ ...header, checksum: "sum" } as SlotHeader, 2)).toBe("open-it");
    expect(read(header, 1)).toBe("open-it");
    expect(read(header, 3)).toBe("open-it");
  });
});
