import { releaseKeys, withoutFreeKeys } from "../../../lib/domain/moves/release-keys.js";
import { settleWords } from "../../../lib/domain/moves/settle.js";
import { chainKey, keyHash, keyedNonce } from "../../../lib/domain/progress/chains.js";
import { type Lease, dueId } from "../../../lib/domain/progress/records.js";
import { offsetsIn } from "../../../lib/domain/progress/spans.js";
import { NOW_MS, aLease, aSpan } from "../../contract/builders.js";

const MAKING = { nowMs: NOW_MS, nonce: () => "n" };
const DUE_MS = NOW_MS + 30_000;
const [A, B] = [keyHash("a"), keyHash("b")] as [string, string];

/** Offsets 1 and 3 of key a, 2 of key b; more may be parked behind. */
const ofTwo = (more: Partial<Lease> = {}): Lease =>
  aLease({
    id: dueId(DUE_MS, keyedNonce([A, B], "first")),
    dueMs: DUE_MS,
    spans: [aSpan(1, 2, { attempt: 1 }), aSpan(2, 3, { attempt: 1, keyAt: 1 }), aSpan(3, 4, { attempt: 1 })],
    ...more,
  });

const summary = (became: readonly { id: string; spans: Lease["spans"]; dueMs: number }[] = []) =>
  became.map(({ id, spans, dueMs }) => [chainKey(id), offsetsIn(spans), dueMs]);

it("a key of which its consumer has nothing any more leaves the lease, and the others' receipts stay", () => {
  const failed = { kind: "failed", dueMs: () => NOW_MS + 9_000, blame: "charged" } as const;
  const { move, became } = settleWords(ofTwo(), new Map([[2, failed]]), "key", MAKING);
  expect(summary(became)).toEqual([[B, [2], NOW_MS + 9_000]]);
  expect(move?.remove).toBeUndefined();
  expect(move?.put?.map(({ id }) => id)).toEqual([ofTwo().id, became?.[0]?.id]);
  expect(offsetsIn(move?.put?.[0]?.spans ?? [])).toEqual([1, 3]);
});

it("what failed before others of its key that are leased waits for these, and then for its own time", () => {
  const failed = { kind: "retry", dueMs: NOW_MS + 9_000 } as const;
  const first = settleWords(ofTwo(), new Map([[1, failed]]), "key", MAKING);
  expect(first.became).toBeUndefined();
  const lease = first.move?.put?.[0] as Lease;
  expect(lease).toMatchObject({ id: ofTwo().id, dueMs: DUE_MS, isMarked: true });
  const second = settleWords(lease, new Map([[3, { kind: "ack" }]]), "key", MAKING);
  expect(summary(second.became)).toEqual([[A, [1], NOW_MS + 9_000]]);
});

it("GIVEN messages parked behind an acknowledged one WHEN keys are released THEN they are due at once", () => {
  const parked = aSpan(5, 6, { attempt: 0, isReturned: true, parkedUntilMs: NOW_MS, keyAt: 1 });
  const lease = ofTwo({ isMarked: true, done: [2], spans: [...ofTwo().spans, parked] });
  const released = releaseKeys(lease, MAKING);
  expect(summary(released?.became)).toEqual([[B, [5], NOW_MS]]);
  // A repeat of the acknowledgement still counts.
  expect(offsetsIn(released?.move.put?.[0]?.spans ?? [])).toEqual([1, 2, 3]);
});

it("nothing is released while its consumer has a message of each key", () => {
  expect(releaseKeys(ofTwo({ isMarked: true }), MAKING)).toBeUndefined();
});

it("what is parked behind a message that is extended waits as long", () => {
  const parked = aSpan(5, 6, { attempt: 0, isReturned: true, parkedUntilMs: NOW_MS, keyAt: 1 });
  const lease = ofTwo({ isMarked: true, done: [1, 3], spans: [...ofTwo().spans, parked] });
  const extended = { kind: "extend", dueMs: DUE_MS + 60_000 } as const;
  const { move } = settleWords(lease, new Map([[2, extended]]), "key", MAKING);
  expect(move?.put?.[0]).toMatchObject({ dueMs: DUE_MS + 60_000 });
});

it("the lease ends once its consumer has nothing of it", () => {
  const { spans } = ofTwo();
  expect(withoutFreeKeys(ofTwo(), { spans, done: [1, 2, 3] }, MAKING)).toEqual({
    move: { remove: [ofTwo()], put: [] },
    became: [],
  });
});
