import { chainKey, chainNonce, keyHash, nonceLike } from "../../../lib/domain/progress/chains.js";
import { dueId, timeInId } from "../../../lib/domain/progress/records.js";
import { formatReceipt, parseReceipt } from "../../../lib/domain/receipt.js";

const NONCE = "0123456789abcdefABCDEF";
const idOf = (key: string): string => dueId(1_790_000_000_000, chainNonce(keyHash(key), NONCE));

it("a record's id tells the key that it holds, and still when it was first due", () => {
  expect(chainKey(idOf("account-7"))).toBe(keyHash("account-7"));
  expect(timeInId(idOf("account-7"))).toBe(1_790_000_000_000);
  expect(keyHash("account-7")).not.toBe(keyHash("account-8"));
});

it("a record without a key holds its partition, and what replaces one is of the same key", () => {
  expect(chainKey(dueId(5, NONCE))).toBeUndefined();
  expect(nonceLike(dueId(5, NONCE), "x")).toBe("x");
  expect(nonceLike(idOf("a"), "x")).toBe(chainNonce(keyHash("a"), "x"));
});

it("a receipt can name such a record", () => {
  const subscription = { topic: { name: "orders", uid: "u1" }, name: "ship", uid: "u2" };
  const lease = { leaseId: idOf("a"), offset: 7, leaseSize: 3 };
  expect(parseReceipt(subscription, formatReceipt(subscription, lease))).toEqual(lease);
});
