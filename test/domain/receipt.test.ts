import fc from "fast-check";
import {
  type Receipt,
  formatReceipt,
  parseReceipt,
  receiptParser,
  withHanding,
} from "../../lib/domain/receipt.js";
import { dueId } from "../../lib/domain/progress/records.js";
import { aNonce, aSubscriptionRef } from "../contract/builders.js";

const subscription = aSubscriptionRef();
const receipt: Receipt = { leaseId: `0001790000000000-${aNonce()}`, offset: 17, leaseSize: 10 };
const encoded = (text: string): string => Buffer.from(text).toString("base64url");
/** What the receipt says, before it is encoded. */
const textOfReceipt = (): string =>
  Buffer.from(formatReceipt(subscription, receipt), "base64url").toString("utf8");

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

  it("says how its message was handed out, if it was told", () => {
    const handing = { partition: 255, attempt: 1_000, atMs: Number.MAX_SAFE_INTEGER };
    const told = withHanding(formatReceipt(subscription, receipt), handing);
    expect(parseReceipt(subscription, told)).toEqual({ ...receipt, handing });
    expect(told).toMatch(/^[\w-]+$/);
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

  it.each<[string, (text: string) => string]>([
    ["another version", (text) => `2${text.slice(1)}`],
    ["something in front", (text) => `x${text}`],
    ["a part too few", (text) => text.split("|").slice(0, 4).join("|")],
    ["a part too many", (text) => `${text}|1`],
    ["an offset that is none", (text) => text.replace("|17|", "|-1|")],
    ["a lease that is none", (text) => text.replace(receipt.leaseId, "x")],
    ["a line break", (text) => `${text}\n`],
  ])("with %s is malformed", (_what, change) => {
    const text = textOfReceipt();
    expect(change(text)).not.toBe(text);
    expect(parseReceipt(subscription, encoded(change(text)))).toEqual({ kind: "malformed" });
  });

  it.each([
    ["nothing", ""],
    ["a word", "receipt"],
    ["no text", "\u0000\uffff"],
    ["no base64", "%%%"],
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

describe("the receipts of one request", () => {
  const others = [subscription, { ...subscription, uid: "other" }];
  const leaseIds = ["a", "ab", "abc", "abcd"].map((nonce) => dueId(1_790_000_000_000, nonce));
  const good = fc
    .record({
      leaseId: fc.constantFrom(...leaseIds),
      offset: fc.nat(2_000),
      leaseSize: fc.integer({ min: 1, max: 1_000 }),
      of: fc.constantFrom(...others),
      handing: fc.option(fc.record({ partition: fc.nat(255), attempt: fc.nat(9), atMs: fc.nat() })),
    })
    .map(({ of, handing, ...made }) => {
      const text = formatReceipt(of, made);
      return handing ? withHanding(text, handing) : text;
    });
  const spoilt = fc
    .record({ text: good, at: fc.nat(120), junk: fc.constantFrom("", " ", "=", "A", "||", "%", "\n") })
    .map(({ text, at, junk }) => `${text.slice(0, at)}${junk}${text.slice(at + 1)}`);

  it("GIVEN any of them, one after the other WHEN they are parsed THEN each says what it says alone", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 4, arbitrary: good }, spoilt), { maxLength: 12 }), (texts) => {
        const parse = receiptParser(subscription);
        expect(texts.map(parse)).toEqual(texts.map((text) => parseReceipt(subscription, text)));
      }),
      { numRuns: 2_000 },
    );
  });
});
