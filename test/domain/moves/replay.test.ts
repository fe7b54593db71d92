import { type Replayed, replayMove } from "../../../lib/domain/moves/replay.js";
import { chainKey, chainNonce, keyHash } from "../../../lib/domain/progress/chains.js";
import { type Holding, dueId } from "../../../lib/domain/progress/records.js";
import { offsetsIn } from "../../../lib/domain/progress/spans.js";
import { NOW_MS, aCursor, aLease, aRetry, aSpan } from "../../contract/builders.js";

const making = { nowMs: NOW_MS, nonce: () => "n" };
const origin = { kind: "replayed", atMs: NOW_MS - 9, attempt: 0, error: "replay x" } as const;
const message = (offset: number, more: Partial<Replayed> = {}): Replayed => ({
  ...{ id: `${offset}`, offset, slotBase: 10, publishedAtMs: NOW_MS },
  ...more,
});
const replayed = (messages: readonly Replayed[], front?: Parameters<typeof replayMove>[0]["front"]) =>
  replayMove({ partition: 3, epoch: 2, messages, origin, making, ...(front ? { front } : {}) });

it("GIVEN messages WHEN they are replayed THEN one record waits, due at once, that says where it is from", () => {
  const { put, cursor } = replayed([message(10), message(11), message(20, { expiresAtMs: NOW_MS + 5 })]);
  expect(cursor).toBeUndefined();
  const span = { slotBase: 10, attempt: 0, publishedAtMs: NOW_MS, failures: [origin] };
  expect(put).toEqual([
    {
      ...{
        kind: "retry",
        id: dueId(NOW_MS, "n"),
        partition: 3,
        epoch: 2,
        done: [],
        version: 1,
        dueMs: NOW_MS,
      },
      spans: [
        { ...span, from: 10, to: 12 },
        { ...span, from: 20, to: 21, expiresAtMs: NOW_MS + 5 },
      ],
    },
  ]);
});

describe("with ordering", () => {
  const hash = keyHash("k");
  const frontWith = (record: Holding) => ({
    cursor: aCursor({ open: [record.id], version: 4 }),
    holders: new Map([[hash, record]]),
  });

  it("GIVEN keys of which nothing waits THEN each gets a record, which the cursor lists", () => {
    const front = { cursor: aCursor({ open: [], version: 4 }), holders: new Map<string, Holding>() };
    const { put, cursor } = replayed([message(10, { key: "k" }), message(11, { key: "l" })], front);
    expect(put?.map(({ id }) => chainKey(id))).toEqual([hash, keyHash("l")]);
    expect(cursor).toMatchObject({ partition: 3, next: { version: 5, open: put?.map(({ id }) => id) } });
  });

  it("GIVEN a key that waits THEN they join its record in the order of the log, and are due", () => {
    const id = dueId(NOW_MS + 5_000, chainNonce(hash, "r"));
    const record = aRetry({ id, dueMs: NOW_MS + 5_000, spans: [aSpan(15, 17)] });
    const { put } = replayed([message(12, { key: "k" }), message(18, { key: "k" })], frontWith(record));
    const [joined, hint] = put ?? [];
    expect(joined).toMatchObject({ id, version: 2, dueMs: NOW_MS });
    expect(offsetsIn(joined?.spans ?? [])).toEqual([12, 15, 16, 18]);
    expect(hint).toMatchObject({ kind: "hint", leaseId: id });
  });

  it("GIVEN a lease in which one is done already THEN it is in it once, and waits behind what is handed out", () => {
    const id = dueId(NOW_MS + 5_000, chainNonce(hash, "l"));
    const lease = aLease({ id, dueMs: NOW_MS + 5_000, spans: [aSpan(10, 12)], done: [10] });
    const { put } = replayed([message(10, { key: "k" })], frontWith(lease));
    const [joined] = put ?? [];
    expect(joined).toMatchObject({ kind: "lease", version: 2, done: [] });
    expect(joined?.spans.map(({ from, to, isReturned }) => [from, to, isReturned])).toEqual([
      [10, 11, true],
      [11, 12, undefined],
    ]);
  });
});
