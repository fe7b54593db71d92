import { cursorBehind, keyIn } from "../../lib/domain/page.js";

describe("a cursor", () => {
  it.each(["orders", "", "k:", "Ünïcode 🎈"])("leads back to the key that it lies behind: %j", (key) => {
    expect(keyIn(cursorBehind(key))).toBe(key);
    expect(cursorBehind(key)).toMatch(/^[\w-]*$/);
  });

  it.each(["", "garbage", "bm8", cursorBehind("orders").slice(1)])(
    "does not come from here: %j",
    (cursor) => {
      expect(() => keyIn(cursor)).toThrow(expect.objectContaining({ code: "invalid-request" }));
    },
  );

  it("is refused where its key cannot be one of the list", () => {
    const isKey = (key: string): boolean => key.startsWith("aside#");
    expect(keyIn(cursorBehind("aside#1"), isKey)).toBe("aside#1");
    expect(() => keyIn(cursorBehind("due#1"), isKey)).toThrow(
      expect.objectContaining({ code: "invalid-request" }),
    );
  });
});
