import {
  type MessageState,
  recordCursor,
  recordPosition,
  waitOf,
  waitingCursor,
  waitingPosition,
} from "../../lib/domain/open-message.js";
import { cursorBehind } from "../../lib/domain/page.js";
import { KEYS_IN_A_LEASE, keyHash, keyedNonce } from "../../lib/domain/progress/chains.js";
import { dueId } from "../../lib/domain/progress/records.js";

const NOW_MS = 1_790_000_000_000;

it.each<[MessageState, number | undefined, Partial<Parameters<typeof waitOf>[2]>, object]>([
  ["waiting", undefined, {}, { waitsFor: "turn" }],
  ["waiting", undefined, { isPaused: true }, { waitsFor: "pause" }],
  ["waiting", undefined, { isPaused: true, isDisabled: true }, { waitsFor: "disabled" }],
  ["waiting", undefined, { heldUntilMs: 7 }, { waitsFor: "order", untilMs: 7 }],
  ["waiting", undefined, { asleepUntilMs: 8, heldUntilMs: 7 }, { waitsFor: "breaker", untilMs: 8 }],
  ["waiting", undefined, { isPaused: true, asleepUntilMs: 8 }, { waitsFor: "pause" }],
  ["waiting", undefined, { isPaused: true, heldUntilMs: 7 }, { waitsFor: "pause" }],
  ["leased", NOW_MS + 1, { isPaused: true }, { waitsFor: "consumer", untilMs: NOW_MS + 1 }],
  ["leased", NOW_MS, {}, { waitsFor: "turn" }],
  ["retrying", NOW_MS + 1, {}, { waitsFor: "retry", untilMs: NOW_MS + 1 }],
  ["retrying", NOW_MS, { heldUntilMs: 7 }, { waitsFor: "order", untilMs: 7 }],
])("a message that is %s until %p, with %j, waits as it should", (state, dueMs, circumstances, expected) => {
  expect(waitOf(state, dueMs, { nowMs: NOW_MS, isPaused: false, ...circumstances })).toEqual(expected);
});

it("a cursor names its place, and is refused by the list of another state", () => {
  const waiting = { partition: 255, head: NOW_MS * 1_000, slotBase: 0 };
  const record = { after: "0001790000000000-c007-a_b", id: "0001790000000001-x", offset: 3 };
  expect(waitingPosition(waitingCursor(waiting))).toEqual(waiting);
  expect(recordPosition(recordCursor(record))).toEqual(record);
  expect(recordPosition(recordCursor({ after: "", id: "", offset: -1 }))).toMatchObject({ offset: -1 });
  for (const text of [recordCursor(record), cursorBehind("w 0 1 2"), cursorBehind("w 9999 1 1"), "x"])
    expect(() => waitingPosition(text)).toThrow(
      expect.objectContaining({ code: "invalid-request" }) as Error,
    );
  for (const text of [waitingCursor(waiting), cursorBehind("r a#b c 1"), ""])
    expect(() => recordPosition(text)).toThrow(expect.objectContaining({ code: "invalid-request" }) as Error);
});

it("a cursor names a lease of as many keys as one may have", () => {
  const hashes = Array.from({ length: KEYS_IN_A_LEASE }, (_, index) => keyHash(`${index}`));
  const id = dueId(NOW_MS, keyedNonce(hashes, "0190a3c4-5d6e-7f80-8123-456789abcdef"));
  const record = { after: id, id, offset: NOW_MS * 1_000 };
  expect(recordPosition(recordCursor(record))).toEqual(record);
});
