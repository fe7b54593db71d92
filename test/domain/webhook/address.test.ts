import { addressKind, blockOf, isInBlock } from "../../../lib/domain/webhook/address.js";

it.each([
  ["8.8.8.8", "public"],
  ["2606:4700:4700::1111", "public"],
  ["10.0.0.1", "private"],
  ["fd00::1", "private"],
  ["127.0.0.1", "loopback"],
  ["::1", "loopback"],
  ["169.254.169.254", "link-local"],
  ["fe80::1", "link-local"],
  ["fe80::1%eth0", "link-local"],
  ["100.64.0.1", "carrier-grade NAT"],
  ["168.63.129.16", "metadata"],
  ["0.0.0.0", "unspecified"],
  ["::ffff:8.8.8.8", "IPv4-mapped"],
  ["64:ff9b::808:808", "NAT64"],
  ["2002:808:808::", "6to4"],
  ["2001::1", "teredo"],
  ["::7f00:1", "reserved"],
  ["4000::1", "reserved"],
  ["", "unreadable"],
  ["0x7f.1", "unreadable"],
  ["127.1", "unreadable"],
  ["example.com", "unreadable"],
])("GIVEN %s WHEN it is looked at THEN it is %s", (address, kind) => {
  expect(addressKind(address)).toBe(kind);
});

it("tells what is in a block, and reads nothing else as one", () => {
  const block = blockOf("10.1.0.0/16");
  if (!block) throw new Error("it is a block");
  expect(
    ["10.1.0.0", "10.1.255.255", "10.2.0.0", "::ffff:10.1.0.1", "text"].map((a) => isInBlock(a, block)),
  ).toEqual([true, true, false, false, false]);
  expect(["10.1.0.0", "10.1.0.0/33", "example.com/8", ""].map(blockOf)).toEqual(Array(4).fill(undefined));
});
