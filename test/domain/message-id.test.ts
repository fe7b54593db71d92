import fc from "fast-check";
import { givenId, idOf, messageId, parseGivenId, parseMessageId } from "../../lib/domain/message-id.js";

describe("a message id", () => {
  it("is an address that can be read back", () => {
    const address = {
      topic: { name: "orders_2-x", uid: "a-_1" },
      partition: 7,
      offset: 1_795_469_774_971_000,
    };
    expect(parseMessageId(messageId(address))).toEqual(address);
  });

  it("is the given one where there is one, for it was told to somebody", () => {
    const address = { topic: { name: "orders", uid: "u" }, partition: 1, offset: 2 };
    expect(idOf({ givenId: "given" }, address)).toBe("given");
    expect(idOf({}, address)).toBe("orders.u.1.2");
  });

  it("names every place that there can be, and goes into a URL as it is", () => {
    const some = fc.record({
      topic: fc.record({
        name: fc.stringMatching(/^[\w-]{1,80}$/),
        uid: fc.stringMatching(/^[\w-]{1,24}$/),
      }),
      partition: fc.integer({ min: 0, max: 255 }),
      offset: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    });
    fc.assert(
      fc.property(some, (address) => {
        const id = messageId(address);
        expect(parseMessageId(id)).toEqual(address);
        expect(encodeURIComponent(id)).toBe(id);
      }),
    );
  });

  it.each([
    "",
    "orders",
    "orders.u.0",
    "orders.u.x.1",
    "or ders.u.0.1",
    "orders.u.0.1.2",
    "orders.u.9999.1",
    "orders.u.0.-1",
    "orders.u.0.1e3",
    "orders.u.0.12345678901234567",
    ".u.0.1",
    "orders..0.1",
    "orders#1.u.0.1",
    `${"x".repeat(81)}.u.0.1`,
    "orders.u.0.1\n",
  ])("is not made of %j", (text) => expect(parseMessageId(text)).toBeUndefined());
});

describe("a given id", () => {
  const some = fc.record({
    topic: fc.stringMatching(/^[\w-]{1,80}$/),
    timeMs: fc.integer({ min: 0, max: 36 ** 9 - 1 }),
    nonce: fc.stringMatching(/^[\w-]{16,48}$/),
  });

  it("can be read back, goes into a URL as it is, and is never taken for an address", () => {
    fc.assert(
      fc.property(some, (given) => {
        const id = givenId(given);
        expect(parseGivenId(id)).toEqual(given);
        expect(encodeURIComponent(id)).toBe(id);
        expect(parseMessageId(id)).toBeUndefined();
      }),
    );
  });

  it("sorts by its time among those of its topic", () => {
    fc.assert(
      fc.property(some, some, (one, other) => {
        fc.pre(one.timeMs !== other.timeMs);
        const isBefore = givenId({ ...one, topic: "t" }) < givenId({ ...other, topic: "t" });
        expect(isBefore).toBe(one.timeMs < other.timeMs);
      }),
    );
  });

  it.each([
    { topic: "or ders", timeMs: 0, nonce: "n".repeat(22) },
    { topic: "orders", timeMs: -1, nonce: "n".repeat(22) },
    { topic: "orders", timeMs: 36 ** 9, nonce: "n".repeat(22) },
    { topic: "orders", timeMs: 0.5, nonce: "n".repeat(22) },
    { topic: "orders", timeMs: 0, nonce: "short" },
  ])("is not made of %j", (given) => expect(() => givenId(given)).toThrow("read back"));

  it.each(["", "orders.u.0.1", "orders.00000000-nnnnnnnnnnnnnnnnnnnnnn", "orders.000000000-nnn", "a.b"])(
    "is not %j",
    (text) => expect(parseGivenId(text)).toBeUndefined(),
  );
});
