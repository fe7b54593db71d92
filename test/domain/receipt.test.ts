import fc from "fast-check";
import { type Receipt, formatReceipt, parseReceipt } from "../../lib/domain/receipt.js";
import { dueId } from "../../lib/domain/progress.js";
import { aNonce, aSubscriptionRef } from "../contract/builders.js";

const subscription = aSubscriptionRef();
const receipt: Receipt = { leaseId: dueId(1_790_000_000_000, aNonce()), offset: 17, leaseSize: 10 };
const encoded = (text: string): string => Buffer.from(text).toString("base64url");
const textOf = (formatted: string): string => Buffer.from(formatted, "base64url").toString("utf8");

describe("a receipt", () => {
  it("says again what it was made of", () => {
    const some = fc.record({
      leaseId: fc.tuple(fc.nat(9_000_000_000_000), fc.stringMatching(/^[\w-]{1,40}$/)),
      offset: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
      leaseSize: fc.integer({ min: 1, max: 99_999 }),
    });
    fc.assert(
      fc.property(some, ({ leaseId: [dueMs, nonce], offset, leaseSize }) => {
        const made = { leaseId: dueId(dueMs, nonce), offset, leaseSize };
        expect(parseReceipt(subscription, formatReceipt(subscription, made))).toEqual(made);
      }),
    );
  });

  it("can stand in a URL and in a header", () => {
    expect(formatReceipt(subscription, receipt)).toMatch(/^[\w-]+$/);
  });

  it.each([
    ["name", { ...subscription, name: "other" }],
    ["life", { ...subscription, uid: "other" }],
    ["topic", { ...subscription, topic: { ...subscription.topic, name: "other" } }],
    ["topic's life", { ...subscription, topic: { ...subscription.topic, uid: "other" } }],
  ])("of a subscription with another %s is foreign", (_what, other) => {
    expect(parseReceipt(subscription, formatReceipt(other, receipt))).toEqual({ kind: "foreign" });
  });

  it.each([
    ["nothing", ""],
    ["a word", "receipt"],
    ["no text", "\u0000\uffff"],
    ["no base64", "%%%"],
    ["another version", encoded(`2${textOf(formatReceipt(subscription, receipt)).slice(1)}`)],
    [
      "a part too few",
      encoded(textOf(formatReceipt(subscription, receipt)).split("|").slice(0, 4).join("|")),
    ],
    ["a part too many", encoded(`${textOf(formatReceipt(subscription, receipt))}|1`)],
    ["an offset that is none", encoded(textOf(formatReceipt(subscription, receipt)).replace("|17|", "|-1|"))],
    [
      "a lease that is none",
      encoded(textOf(formatReceipt(subscription, receipt)).replace(receipt.leaseId, "x")),
    ],
    ["a line break", encoded(`${textOf(formatReceipt(subscription, receipt))}\n`)],
  ])("made of %s is malformed", (_what, text) => {
    expect(parseReceipt(subscription, text)).toEqual({ kind: "malformed" });
  });

  it("is never taken for one by chance, whatever the text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.base64String()), (text) => {
        expect(parseReceipt(subscription, text)).toEqual({ kind: "malformed" });
      }),
    );
  });
});
