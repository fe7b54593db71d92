import { holdAhead } from "../../../lib/domain/moves/hold-ahead.js";
import { chainKey, chainNonce, keyHash } from "../../../lib/domain/progress/chains.js";
import { isHold } from "../../../lib/domain/progress/holds.js";
import { dueId } from "../../../lib/domain/progress/records.js";
import { NOW_MS, aCursor, aDeadLetter, aRetry, aSpan } from "../../contract/builders.js";

const HELD_MS = NOW_MS + 86_400_000;
const HASH = keyHash("k");
const letter = aDeadLetter({ partition: 3, offset: 9, slotBase: 8, key: "k", expiresAtMs: HELD_MS });
const move = { cursor: { partition: 3, next: aCursor({ head: 10, open: ["before"] }) }, put: [] };
const making = { nonce: () => "n" };

it("GIVEN a key of which nothing waits WHEN a message ahead dies THEN a record of its key holds for it", () => {
  const { put = [], cursor } = holdAhead(move, letter, undefined, making);
  expect(put).toMatchObject([{ kind: "retry", partition: 3, dueMs: HELD_MS }]);
  const [record] = put;
  expect([chainKey(record?.id ?? ""), record?.spans.map(isHold)]).toEqual([HASH, [true]]);
  expect(record?.spans).toMatchObject([{ from: 9, to: 10, heldUntilMs: HELD_MS }]);
  expect(cursor.next.open).toEqual(["before", record?.id]);
});

it("GIVEN a record of its key WHEN it dies THEN it is the last of that record, which keeps its id", () => {
  const record = aRetry({ id: dueId(NOW_MS, chainNonce(HASH, "r")), partition: 3, spans: [aSpan(4, 5)] });
  const { put = [], cursor } = holdAhead(move, letter, record, making);
  expect(put).toMatchObject([{ id: record.id, version: record.version + 1 }]);
  expect(put[0]?.spans.map((span) => [span.from, isHold(span)])).toEqual([
    [4, false],
    [9, true],
  ]);
  expect(cursor.next.open).toEqual(["before"]);
});

it.each([
  ["a record of the whole partition", aRetry({ partition: 3, spans: [aSpan(4, 5)] }), []],
  [
    "others that wait between",
    aRetry({ id: dueId(NOW_MS, chainNonce(HASH, "r")), partition: 3, spans: [aSpan(4, 5)] }),
    [aRetry({ partition: 3, spans: [aSpan(6, 8)] })],
  ],
])("GIVEN %s WHEN it dies THEN it holds in a record of its own behind those", (_, record, waiting) => {
  const { put = [], cursor } = holdAhead({ ...move, put: waiting }, letter, record, making);
  expect(put.slice(0, -1)).toEqual(waiting);
  expect(put.at(-1)?.spans).toMatchObject([{ from: 9, heldUntilMs: HELD_MS }]);
  expect(cursor.next.open).toEqual(["before", put.at(-1)?.id]);
});
