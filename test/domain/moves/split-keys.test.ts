import { splitKeys } from "../../../lib/domain/moves/split-keys.js";
import { chainKey, keyHash, keyedNonce } from "../../../lib/domain/progress/chains.js";
import { type Lease, dueId } from "../../../lib/domain/progress/records.js";
import { offsetsIn } from "../../../lib/domain/progress/spans.js";
import { NOW_MS, aLease, aSpan } from "../../contract/builders.js";

const MAKING = { nowMs: NOW_MS, nonce: () => "n" };
const KEYS = ["a", "b", "c"].map(keyHash);

const ofThree = (more: Partial<Lease> = {}): Lease =>
  aLease({
    id: dueId(NOW_MS, keyedNonce(KEYS, "first")),
    dueMs: NOW_MS - 1,
    spans: [
      aSpan(1, 2, { attempt: 1 }),
      aSpan(2, 3, { attempt: 1, keyAt: 1 }),
      aSpan(3, 4, { attempt: 1, keyAt: 2, dueMs: NOW_MS + 60_000 }),
      aSpan(4, 5, { attempt: 0, keyAt: 1, isReturned: true, parkedUntilMs: NOW_MS - 5 }),
    ],
    ...more,
  });

it("each key that ran out becomes a retry of its own, apart, with what waits behind it", () => {
  const split = splitKeys(ofThree(), [], MAKING);
  const retries = split?.move.put?.filter(({ kind }) => kind === "retry") ?? [];
  expect(retries.map(({ id, spans }) => [chainKey(id), offsetsIn(spans)])).toEqual([
    [KEYS[0], [1]],
    [KEYS[1], [2, 4]],
  ]);
  // Two were silent: neither is charged, and each comes with no others.
  expect(retries.map(({ spans }) => [spans[0]?.charged, spans[0]?.together])).toEqual([
    [undefined, 2],
    [undefined, 2],
  ]);
});

it("what its consumer has extended stays in the lease, under the same receipt", () => {
  const split = splitKeys(ofThree(), [], MAKING);
  const [rest] = split?.move.put ?? [];
  expect(rest).toMatchObject({ id: ofThree().id, dueMs: NOW_MS + 60_000, isMarked: true });
  expect(offsetsIn(rest?.spans ?? [])).toEqual([3]);
  expect(split?.became.get(ofThree().id)?.[0]).toBe(ofThree().id);
});

it("GIVEN one that was silent alone THEN it is charged, and the lease ends", () => {
  const split = splitKeys(ofThree({ done: [1, 3], spans: ofThree().spans.slice(0, 3) }), [], MAKING);
  expect(split?.move.remove).toEqual([ofThree({ done: [1, 3], spans: ofThree().spans.slice(0, 3) })]);
  expect(split?.move.put?.map(({ spans }) => [offsetsIn(spans), spans[0]?.charged])).toEqual([[[2], 1]]);
});

it("nothing is split off before it is due", () => {
  expect(splitKeys(ofThree({ dueMs: NOW_MS + 1 }), [], MAKING)).toBeUndefined();
});

it("GIVEN all of it was acknowledged, and whoever did so died THEN it is removed", () => {
  const lease = ofThree({ done: [1, 2, 3], spans: ofThree().spans.slice(0, 3) });
  const split = splitKeys(lease, [], MAKING);
  expect([split?.move, split?.became.get(lease.id)]).toEqual([{ remove: [lease] }, []]);
});
