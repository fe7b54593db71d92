import { type KeyedTakeable, takeKeys } from "../../../lib/domain/moves/take-keys.js";
import { KEYS_IN_A_LEASE, chainNonce, keyHash, keysIn } from "../../../lib/domain/progress/chains.js";
import { dueId } from "../../../lib/domain/progress/records.js";
import { offsetsIn } from "../../../lib/domain/progress/spans.js";
import { NOW_MS, aCursor, aLease, aRetry, aSpan } from "../../contract/builders.js";

const taking = { nowMs: NOW_MS, leaseMs: 30_000, nonce: () => "n" };
const message = (offset: number, key: string): KeyedTakeable => ({
  ...{ offset, publishedAtMs: NOW_MS - 100, slotBase: 10, hash: keyHash(key) },
});
const idOf = (key: string, nonce: string): string => dueId(NOW_MS, chainNonce(keyHash(key), nonce));
const nothing = { parked: [], gone: new Set<string>(), setAside: [], expired: 0 };
const next = { head: 15, slotBase: 10 };

it("one lease is of several keys, and its messages say which they are of", () => {
  const picked = [message(10, "a"), message(11, "b"), message(12, "a")];
  const { move, parts } = takeKeys(3, aCursor({ version: 7 }), { ...nothing, picked, next }, taking);
  expect(parts).toHaveLength(1);
  const lease = parts[0]?.lease;
  expect(keysIn(lease?.id ?? "")).toEqual([keyHash("a"), keyHash("b")]);
  expect(lease?.spans.map(({ from, keyAt, attempt }) => [from, keyAt, attempt])).toEqual([
    [10, undefined, 1],
    [11, 1, 1],
    [12, undefined, 1],
  ]);
  expect(move.put).toEqual([lease]);
  expect(move.cursor.next).toMatchObject({ ...next, version: 8, open: [lease?.id] });
});

it("all messages of a key are in one lease, however many keys there are", () => {
  const count = KEYS_IN_A_LEASE + 3;
  const picked = Array.from({ length: 2 * count }, (_, at) => message(at, String(at % count)));
  const { parts } = takeKeys(0, aCursor(), { ...nothing, picked, next }, taking);
  expect(parts.map(({ lease }) => keysIn(lease.id)?.length)).toEqual([KEYS_IN_A_LEASE, 3]);
  expect(parts.map(({ messages }) => messages.length)).toEqual([2 * KEYS_IN_A_LEASE, 6]);
});

it("what is passed joins the record of its key, behind what that holds", () => {
  const lease = aLease({ id: idOf("a", "1"), spans: [aSpan(4, 5)], version: 3 });
  const retry = aRetry({ id: idOf("b", "2"), spans: [aSpan(5, 6)], dueMs: NOW_MS + 9_000 });
  const parked = [
    { message: message(10, "a"), record: lease },
    { message: message(11, "b"), record: retry },
    { message: message(12, "a"), record: lease },
  ];
  const cursor = aCursor({ open: ["gone", lease.id, retry.id] });
  const ahead = { ...nothing, picked: [message(13, "c")], parked, gone: new Set(["gone"]), next };
  const { move, parts } = takeKeys(0, cursor, ahead, taking);
  expect(move.cursor.next.open).toEqual([lease.id, retry.id, parts[0]?.lease.id]);
  const [, joinedLease, joinedRetry] = move.put ?? [];
  expect(joinedLease).toMatchObject({ id: lease.id, version: 4, isMarked: true });
  expect(offsetsIn(joinedLease?.spans ?? [])).toEqual([4, 10, 12]);
  expect(joinedLease?.spans.map(({ parkedUntilMs }) => parkedUntilMs)).toEqual([undefined, NOW_MS, NOW_MS]);
  expect(offsetsIn(joinedRetry?.spans ?? [])).toEqual([5, 11]);
});
