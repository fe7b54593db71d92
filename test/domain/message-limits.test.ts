import { faultsIn, faultsText } from "../../lib/domain/message-limits.js";
import type { MessageContent } from "../../lib/domain/message.js";
import { NewMessage, hasLostAttribute } from "../../lib/http/contracts/message.js";

const FINE: MessageContent = { body: '{"orderId":7}', contentType: "application/json" };
const pathsIn = (content: Partial<MessageContent>): readonly string[] =>
  faultsIn({ ...FINE, ...content }).map(({ path }) => path);

const long = (characters: number): string => "x".repeat(characters);
const named = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, index]));

describe("what a message may be", () => {
  it("finds nothing wrong with a message that has everything", () => {
    const whole = { key: "k", tag: "t", attributes: { a: 1, b: true, "c.d": "x" }, businessKey: "7" };
    expect(faultsIn({ ...FINE, ...whole, expiresAtMs: 5 })).toEqual([]);
  });

  it("takes bytes of any type", () => {
    expect(pathsIn({ body: new Uint8Array([1]), contentType: "image/png" })).toEqual([]);
  });

  it("refuses a text that is not JSON, is nested too deep, or has half a character", () => {
    const deep = `${"[".repeat(257)}${"]".repeat(257)}`;
    expect(pathsIn({ body: "{" })).toEqual(["body"]);
    expect(pathsIn({ body: deep })).toEqual(["body"]);
    expect(pathsIn({ body: deep.slice(1, -1) })).toEqual([]);
    expect(pathsIn({ body: '"\ud800"' })).toEqual(["body"]);
    expect(pathsIn({ body: "hello", contentType: "text/plain" })).toEqual(["body"]);
  });

  it("names each field that is wrong", () => {
    expect(pathsIn({ key: "", tag: "two words", businessKey: long(257), contentType: "png" })).toEqual([
      "body",
      "contentType",
      "key",
      "businessKey",
      "tag",
    ]);
    expect(faultsText(faultsIn({ ...FINE, key: "" }))).toBe("key: must be text of 1 to 128 characters");
  });

  it("refuses what is not of the right type: it was not written by the library", () => {
    const strange = { key: 7, tag: [], attributes: [], businessKey: null } as unknown as MessageContent;
    expect(pathsIn(strange)).toEqual(["key", "businessKey", "tag", "attributes"]);
  });

  it.each([
    ["key", long(128), true],
    ["key", long(129), false],
    ["key", "\ud800", false],
    ["tag", long(128), true],
    ["tag", long(129), false],
    ["tag", "two words", false],
    ["businessKey", long(256), true],
    ["businessKey", long(257), false],
    ["attributes", named(32), true],
    ["attributes", named(33), false],
    ["attributes", { a: long(1_024) }, true],
    ["attributes", { a: long(1_025) }, false],
    ["attributes", { a: null }, false],
    ["attributes", { "a b": 1 }, false],
    ["attributes", { "": 1 }, false],
    ["attributes", { [long(129)]: 1 }, false],
    ["attributes", { "SLUICE-x": 1 }, false],
    ["attributes", { sluice: 1 }, true],
    ["attributes", JSON.parse('{"__proto__":1}'), false],
    ["attributes", [], false],
  ])("agrees with the API's contract: %s %j", (field, value, isFine) => {
    // GIVEN
    const message = { body: { orderId: 7 }, [field]: value as unknown };
    // WHEN
    const byContract = NewMessage.safeParse(message).success && !hasLostAttribute(message);
    // THEN
    expect(pathsIn({ [field]: value as never }).length === 0).toBe(isFine);
    expect(byContract).toBe(isFine);
  });
});
