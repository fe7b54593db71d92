import {
  KEYS_IN_A_LEASE,
  chainKey,
  chainNonce,
  holdsAll,
  keyHash,
  keyedNonce,
  keysIn,
} from "../../../lib/domain/progress/chains.js";
import { dueId, timeInId } from "../../../lib/domain/progress/records.js";
import { formatReceipt, parseReceipt } from "../../../lib/domain/receipt.js";

const NONCE = "0123456789abcdefABCDEF";
const idOf = (key: string): string => dueId(1_790_000_000_000, chainNonce(keyHash(key), NONCE));

it("a record's id tells the key that it holds, and still when it was first due", () => {
  expect(chainKey(idOf("account-7"))).toBe(keyHash("account-7"));
  expect(timeInId(idOf("account-7"))).toBe(1_790_000_000_000);
  expect(keyHash("account-7")).not.toBe(keyHash("account-8"));
});

it("a record without a key holds its partition", () => {
  expect([chainKey(dueId(5, NONCE)), holdsAll(dueId(5, NONCE))]).toEqual([undefined, true]);
  expect([chainNonce(undefined, NONCE), holdsAll(idOf("a"))]).toEqual([NONCE, false]);
});

it("a lease of several keys names each, and is of no single one", () => {
  const keys = ["a", "b", "c"].map(keyHash);
  const id = dueId(5, keyedNonce(keys, NONCE));
  expect([keysIn(id), chainKey(id), holdsAll(id)]).toEqual([keys, undefined, false]);
  expect(keysIn(idOf("a"))).toEqual([keyHash("a")]);
});

it("a receipt can name such a record, also one of as many keys as there may be", () => {
  const subscription = { topic: { name: "orders", uid: "u1" }, name: "ship", uid: "u2" };
  const keys = Array.from({ length: KEYS_IN_A_LEASE }, (_, index) => keyHash(String(index)));
  for (const leaseId of [idOf("a"), dueId(5, keyedNonce(keys, NONCE))]) {
    const lease = { leaseId, offset: 7, leaseSize: 3 };
    expect(parseReceipt(subscription, formatReceipt(subscription, lease))).toEqual(lease);
  }
});
