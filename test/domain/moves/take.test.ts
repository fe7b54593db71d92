import {
  type DueRead,
  type Takeable,
  dateAnew,
  dueSpans,
  spansOf,
  takeAgain,
  takeAhead,
} from "../../../lib/domain/moves/take.js";
import type { Holding } from "../../../lib/domain/progress/records.js";
import { type Span, offsetsIn } from "../../../lib/domain/progress/spans.js";
import {
  MINUTE_MS,
  NOW_MS,
  aCursor,
  aHint,
  aLease,
  aRetry,
  aSetAside,
  aSpan,
} from "../../contract/builders.js";

const LEASE_MS = 30_000;
let names = 0;
const taking = { nowMs: NOW_MS, leaseMs: LEASE_MS, nonce: () => `n${names++}` };
const messages = (from: number, to: number, past?: Span): Takeable[] =>
  Array.from({ length: to - from }, (_, at) => ({
    offset: from + at,
    publishedAtMs: NOW_MS,
    slotBase: 0,
    ...(past ? { past } : {}),
  }));
beforeEach(() => (names = 0));

describe("spans of messages that are handed out", () => {
  it("have their first attempt now, and one more than before where they come again", () => {
    expect(spansOf(messages(3, 5), NOW_MS, 1)).toEqual([
      aSpan(3, 5, { slotBase: 0, attempt: 1, firstReceivedAtMs: NOW_MS }),
    ]);
    const past = aSpan(3, 5, { attempt: 4, firstReceivedAtMs: 7, lastError: "no stock", isReturned: true });
    expect(spansOf(messages(3, 5, past), NOW_MS, 1)).toEqual([
      aSpan(3, 5, { slotBase: 0, attempt: 5, firstReceivedAtMs: 7, lastError: "no stock" }),
    ]);
  });

  it("say when they expire by their publisher's will, from what was read and not from the past", () => {
    const [one, two] = messages(3, 5, aSpan(3, 5, { expiresAtMs: 9_000, firstReceivedAtMs: 7 }));
    const spans = spansOf([{ ...(one as Takeable), expiresAtMs: 8_500 }, two as Takeable], NOW_MS, 1);
    expect(spans).toMatchObject([{ from: 3, to: 4, expiresAtMs: 8_500 }, { from: 4 }]);
    expect(spans[1]?.expiresAtMs).toBeUndefined();
  });

  it("that only wait have no attempt, and were not received", () => {
    expect(spansOf(messages(3, 4), NOW_MS, 0)).toEqual([aSpan(3, 4, { slotBase: 0, attempt: 0 })]);
  });
});

describe("taking what lies ahead", () => {
  const cursor = aCursor({ head: 10, slotBase: 10, epoch: 2, version: 7 });
  const next = { head: 15, slotBase: 10 };
  const ahead = { entries: messages(10, 15), setAside: [aSetAside()], next, expired: 3 };

  it("moves the head, leases the first share, and leaves the others due at once", () => {
    const { move, leases } = takeAhead(3, cursor, ahead, { shares: [2] }, taking);
    expect(move.cursor).toEqual({ partition: 3, next: { ...next, epoch: 2, version: 8 } });
    expect(move).toMatchObject({ setAside: [aSetAside()], expired: 3 });
    expect(move.put?.map(({ kind, dueMs, spans }) => [kind, dueMs, offsetsIn(spans)])).toEqual([
      ["lease", NOW_MS + LEASE_MS, [10, 11]],
      ["retry", NOW_MS, [12, 13]],
      ["retry", NOW_MS, [14]],
    ]);
    expect(leases).toEqual([move.put?.[0]]);
    expect(leases).toMatchObject([{ partition: 3, epoch: 2 }]);
  });

  it("leases each share by itself, in order, and leaves the others in shares of the first one", () => {
    const { move, leases } = takeAhead(3, cursor, ahead, { shares: [1, 2] }, taking);
    expect(move.put?.map(({ kind, spans }) => [kind, offsetsIn(spans)])).toEqual([
      ["lease", [10]],
      ["lease", [11, 12]],
      ["retry", [13]],
      ["retry", [14]],
    ]);
    expect(leases).toEqual(move.put?.slice(0, 2));
  });

  it("moves the head alone where nothing can be handed out", () => {
    const none = { ...ahead, entries: [] };
    const { move, leases } = takeAhead(3, cursor, none, { shares: [2] }, taking);
    expect(leases).toEqual([]);
    expect(move.put).toBeUndefined();
    expect(move.cursor.next).toEqual({ ...next, epoch: 2, version: 8 });
  });
});

describe("taking what is due again", () => {
  const passed = aLease({ dueMs: NOW_MS - 5, spans: [aSpan(0, 4)] });
  const group = (...records: [Holding, ...Holding[]]) => ({ records, hints: [], inOrder: false });
  const read = (wanted: readonly Span[], more: Partial<DueRead> = {}): DueRead => ({
    wanted,
    entries: wanted.flatMap((span) => messages(span.from, span.to, span)),
    setAside: [],
    left: [],
    ...more,
  });

  it("replaces its record by a lease with one attempt more", () => {
    const { move, lease } = takeAgain(group(passed), read(passed.spans), taking);
    expect(move).toMatchObject({ remove: [passed], put: [lease] });
    expect(lease).toMatchObject({ dueMs: NOW_MS + LEASE_MS, spans: [{ from: 0, to: 4, attempt: 2 }] });
  });

  it("leaves what is not due yet in its record, under its id, and marks that", () => {
    const mixed = { ...passed, spans: [aSpan(0, 2), aSpan(2, 4, { dueMs: NOW_MS + MINUTE_MS })], done: [1] };
    const wanted = dueSpans([mixed], NOW_MS, { inOrder: false, isPulled: false });
    expect(offsetsIn(wanted)).toEqual([0]);
    const { move } = takeAgain(group(mixed), read(wanted), taking);
    expect(move.remove).toEqual([]);
    expect(move.put?.[1]).toEqual({
      ...mixed,
      isMarked: true,
      spans: [aSpan(1, 4, { slotBase: 0 })],
      dueMs: NOW_MS + MINUTE_MS,
      version: 2,
    });
  });

  it("has what was not read wait, due as before", () => {
    const { move } = takeAgain(
      group(passed),
      read(passed.spans, { entries: messages(0, 2), left: [aSpan(2, 4)] }),
      taking,
    );
    expect(move.put?.[1]).toMatchObject({ kind: "retry", dueMs: NOW_MS - 5, spans: [{ from: 2, to: 4 }] });
    expect(move.expired).toBeUndefined();
  });

  it("reads what lies together at once, and keeps the expiries of what waits on", () => {
    const retry = aRetry({
      dueMs: NOW_MS,
      spans: [aSpan(0, 2), aSpan(2, 4, { slotBase: 0, expiresAtMs: 9 })],
    });
    const wanted = dueSpans([retry], NOW_MS, { inOrder: false, isPulled: false });
    expect(wanted).toEqual([aSpan(0, 4)]);
    const left = [aSpan(1, 4, { slotBase: 0 })];
    const { move } = takeAgain(group(retry), read(wanted, { entries: messages(0, 1), left }), taking);
    expect(move.put?.[1]?.spans).toEqual([
      aSpan(1, 2, { slotBase: 0 }),
      aSpan(2, 4, { slotBase: 0, expiresAtMs: 9 }),
    ]);
  });

  it("counts as expired what is not there any more, and not what can't be read", () => {
    const setAside = [aSetAside({ base: 0, count: 2 })];
    const { move, lease } = takeAgain(group(passed), read(passed.spans, { entries: [], setAside }), taking);
    expect(lease).toBeUndefined();
    expect(move).toMatchObject({ remove: [passed], put: [], setAside, expired: 2 });
  });

  it("removes the hints that led to it, and puts one for what is still due sooner than its id says", () => {
    const later = aLease({
      dueMs: NOW_MS + MINUTE_MS,
      spans: [aSpan(0, 2), aSpan(2, 4, { dueMs: NOW_MS + 9 })],
    });
    const shortened = { ...later, dueMs: NOW_MS };
    const hint = aHint(later, NOW_MS);
    const wanted = dueSpans([shortened], NOW_MS, { inOrder: false, isPulled: false });
    const { move } = takeAgain({ ...group(shortened), hints: [hint] }, read(wanted), taking);
    expect(move.remove).toEqual([hint]);
    expect(move.put?.[2]).toMatchObject({ kind: "hint", leaseId: later.id, dueMs: NOW_MS + 9 });
  });

  it("joins what waits to the retry behind it, where it is told to, and each keeps its time", () => {
    const behind = aRetry({ dueMs: NOW_MS + 70, spans: [aSpan(4, 6)] });
    const some = read(passed.spans, { entries: messages(0, 2), left: [aSpan(2, 4)] });
    const { move, became } = takeAgain({ ...group(passed), behind }, some, taking);
    expect(move.remove).toEqual([passed, behind]);
    const waiting = move.put?.[1];
    expect(waiting).toMatchObject({
      dueMs: NOW_MS - 5,
      spans: [
        { from: 2, to: 4 },
        { from: 4, to: 6, dueMs: NOW_MS + 70 },
      ],
    });
    expect(became).toEqual(
      new Map([
        [passed.id, move.put?.map(({ id }) => id)],
        [behind.id, []],
      ]),
    );
  });

  it("joins nothing from behind to what stands before what its record keeps", () => {
    const behind = aRetry({ dueMs: NOW_MS, spans: [aSpan(6, 8)] });
    const mixed = { ...passed, spans: [aSpan(0, 4), aSpan(4, 6, { dueMs: NOW_MS + MINUTE_MS })] };
    const some = read([aSpan(0, 4)], { entries: messages(0, 2), left: [aSpan(2, 4)] });
    const { move, became } = takeAgain({ ...group(mixed), inOrder: true, behind }, some, taking);
    expect(move.remove).toEqual([]);
    expect(move.put?.map(({ spans }) => offsetsIn(spans))).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
    expect([...became.keys()]).toEqual([mixed.id]);
  });

  it("in order ends at the first that is not due", () => {
    const spans = [aSpan(0, 1), aSpan(1, 2, { dueMs: NOW_MS + 1 }), aSpan(2, 3)];
    const mixed = aRetry({ dueMs: NOW_MS, spans });
    expect(offsetsIn(dueSpans([mixed], NOW_MS, { inOrder: true, isPulled: false }))).toEqual([0]);
    expect(offsetsIn(dueSpans([mixed], NOW_MS, { inOrder: false, isPulled: false }))).toEqual([0, 2]);
  });
});

describe("a record that a look found too early", () => {
  it("is put with the deadline of what is open", () => {
    const early = aLease({ spans: [aSpan(0, 1), aSpan(1, 2, { dueMs: NOW_MS + 9 })], done: [0] });
    expect(dateAnew(early, taking.nonce)?.put).toMatchObject([
      { id: early.id, dueMs: NOW_MS + 9, version: 2 },
    ]);
  });

  it("is left alone where its deadline is right", () => {
    expect(dateAnew(aLease(), taking.nonce)).toBeUndefined();
  });
});
