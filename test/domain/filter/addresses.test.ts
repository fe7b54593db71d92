import { addressBlock, addressOf, isInBlock, isSameAddress } from "../../../lib/domain/filter/addresses.js";

const isIn = (text: string, source: string): boolean => {
  const [address, block] = [addressOf(text), addressBlock(source)];
  if (!address || "wrong" in block) throw new Error("not readable");
  return isInBlock(address, block);
};

it.each([
  ["10.0.0.1", "10.0.0.0/24", true],
  ["10.0.1.1", "10.0.0.0/24", false],
  ["10.0.0.200", "10.0.0.129/25", true],
  ["255.1.1.1", "0.0.0.0/0", true],
  ["2001:db8::f", "2001:db8::/32", true],
  ["2001:db9::f", "2001:db8::/32", false],
  ["::ffff:a00:1", "10.0.0.0/8", true],
  ["10.0.0.1", "::/0", false],
])("GIVEN %s WHEN %s is asked THEN it is %s that it contains it", (address, block, isInside) => {
  expect(isIn(address, block)).toBe(isInside);
});

it.each([
  "10.0.0",
  "10.0.0.1.1",
  "10.0.0.256",
  "0x0a.0.0.1",
  "::1%eth0",
  "::ffff:10.0.0.1",
  "1::2::3",
  ":",
  "",
  "a",
])("GIVEN %j WHEN it is read THEN it is text like any other", (text) => {
  expect(addressOf(text)).toBeUndefined();
});

it.each([
  ["::1", "0:0:0:0:0:0:0:1", true],
  ["2001:db8::f", "2001:DB8:0::000F", true],
  ["010.0.0.1", "10.0.0.1", true],
  ["::ffff:a00:1", "10.0.0.1", true],
  ["::a00:1", "10.0.0.1", false],
])("GIVEN %s and %s WHEN they are compared THEN it is %s that they are the same", (one, other, isSame) => {
  const [first, second] = [addressOf(one), addressOf(other)];
  expect(first && second && isSameAddress(first, second)).toBe(isSame);
});

it.each(["10.0.0.0", "10.0.0.0/", "10.0.0.0/a", "10.0.0.0/-1", "a/8", "/8", "10.0.0.0/8/8"])(
  "GIVEN %j WHEN a block is read THEN it is refused with an example",
  (text) => {
    expect(addressBlock(text)).toEqual({ wrong: expect.stringContaining("10.0.0.0/8") });
  },
);

it.each([
  ["10.0.0.0/32", 31],
  ["::1/128", 127],
  ["::ffff:0:0/96", 31],
])("GIVEN %s WHEN a block is read THEN it is refused with the limit, as EventBridge does", (text, most) => {
  expect(addressBlock(text)).toEqual({ wrong: expect.stringContaining(`at most ${most} bits`) });
});
