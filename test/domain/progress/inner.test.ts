import { cursorItem, innerName, innerValue } from "../../../lib/adapters/dynamodb/items/progress-item.js";
import { itemBytes } from "../../../lib/adapters/dynamodb/items/item-size.js";
import {
  bornIn,
  inCursor,
  isInner,
  liveInner,
  movedOut,
  roomForShared,
  voidInner,
} from "../../../lib/domain/progress/inner.js";
import { type Lease, type Move, dueId, timeInId } from "../../../lib/domain/progress/records.js";
import { aCursor, aLease, aRetry, aSetAside, aSpan } from "../../contract/builders.js";

const DUE_MS = 1_790_000_000_000;
const aFresh = (fields: Partial<Omit<Lease, "kind">> = {}) =>
  aLease({ id: dueId(DUE_MS, "nonce"), dueMs: DUE_MS, partition: 12, ...fields });
/** Messages that a filter has chosen, none beside another. */
const apart = (count: number) =>
  Array.from({ length: count }, (_, index) => {
    const from = DUE_MS * 1_000 + 10 * index;
    return aSpan(from, from + 1, { slotBase: DUE_MS * 1_000, firstReceivedAtMs: DUE_MS });
  });
const KEY = "progress#orders#AbCdEfGhIj#warehouse#AbCdEfGhIj";
const moveOf = (lease: Lease, more: Partial<Move> = {}): Move => ({
  cursor: { partition: 12, next: aCursor({ version: 2 }) },
  put: [lease],
  ...more,
});
const inner = (count: number, epoch = 0): Lease[] =>
  Array.from({ length: count }, () => aFresh({ isInner: true, epoch }));

describe("a new lease", () => {
  it("GIVEN room in its cursor THEN it is kept there, and its id says where, and when it is due", () => {
    const [lease] = inCursor(aCursor({ inner: inner(3) }), moveOf(aFresh()), [aFresh()]) ?? [];
    expect(lease).toEqual({ ...aFresh(), id: `${dueId(DUE_MS, "c012-nonce")}`, isInner: true });
    expect([bornIn(lease?.id ?? ""), timeInId(lease?.id ?? "")]).toEqual([12, DUE_MS]);
  });

  it.each<[string, Partial<Move>, Lease, number]>([
    ["the cursor is full", {}, aFresh(), 4],
    ["it has many spans", {}, aFresh({ spans: apart(35) }), 0],
    ["the others have left too little room for its spans", {}, aFresh({ spans: apart(32) }), 2],
    ["others are left for other consumers", { put: [aFresh(), aRetry()] }, aFresh(), 0],
    ["a slot is set aside with it", { setAside: [aSetAside()] }, aFresh(), 0],
    ["expired messages are counted with it", { expired: 1 }, aFresh(), 0],
  ])("WHERE %s THEN it has an item of its own", (_, more, lease, there) => {
    expect(inCursor(aCursor({ inner: inner(there) }), moveOf(lease, more), [lease])).toBeUndefined();
  });

  it("GIVEN three batches of ten messages that lie apart THEN all fit into their cursor, at two write units", () => {
    const stored: Lease[] = [];
    for (const name of ["a", "b", "c"]) {
      const lease = aFresh({ id: dueId(DUE_MS, `CAAAAAUSi4ofWyHyMb1lJ${name}`), spans: apart(10) });
      stored.push(...(inCursor(aCursor({ inner: stored }), moveOf(lease), [lease]) ?? []));
    }
    const leases = Object.fromEntries(stored.map((lease) => [innerName(lease.id), innerValue(lease)]));
    expect(stored).toHaveLength(3);
    expect(
      itemBytes({ ...cursorItem(KEY, 255, aCursor(), "AbCdEfGhIjKlMnOpQrStUv"), ...leases }),
    ).toBeLessThan(2_048);
  });

  it("GIVEN leases that a seek has voided THEN those take no room, and the move drops them", () => {
    const gone = inner(4, 0);
    const cursor = aCursor({ epoch: 1, inner: gone });
    expect(inCursor(cursor, moveOf(aFresh({ epoch: 1 })), [aFresh({ epoch: 1 })])).toBeDefined();
    expect([liveInner(cursor), voidInner(cursor)]).toEqual([[], gone.map(({ id }) => id)]);
  });
});

describe("leases of one move", () => {
  const together = (there: number, count: number) => {
    const leases = Array.from({ length: count }, (_, at) => aFresh({ id: dueId(DUE_MS, `n${at}`) }));
    return inCursor(aCursor({ inner: inner(there) }), moveOf(aFresh(), { put: leases }), leases);
  };

  it("are kept in their cursor, in their order, up to eight", () => {
    expect(together(0, 8)?.map(({ id }) => id)).toEqual(
      Array.from({ length: 8 }, (_, at) => dueId(DUE_MS, `c012-n${at}`)),
    );
    expect(together(4, 4)).toHaveLength(4);
    expect(together(5, 4)).toBeUndefined();
  });

  it("are kept there all or none", () => {
    const leases = [aFresh(), aFresh({ spans: apart(33) })];
    expect(inCursor(aCursor(), moveOf(aFresh(), { put: leases }), leases)).toBeUndefined();
  });

  it("have as much room as is left", () => {
    expect([0, 3, 8, 9].map((there) => roomForShared(aCursor({ inner: inner(there) })))).toEqual([
      8, 5, 0, 0,
    ]);
  });
});

it("an id of another lease leads to no cursor", () => {
  expect(bornIn(dueId(DUE_MS, "nonce"))).toBeUndefined();
  expect(bornIn(dueId(DUE_MS, "c12-nonce"))).toBeUndefined();
});

describe("a move that changes a lease", () => {
  it("takes it out of its cursor, as the same lease with an item of its own", () => {
    const lease = aFresh({ isInner: true, version: 5, isMarked: true });
    const retry = aRetry();
    const { put = [], remove = [] } = movedOut({ put: [lease, retry] });
    expect(remove).toEqual([{ ...lease, version: 4 }]);
    expect(put).toEqual([{ ...aFresh({ id: lease.id, isMarked: true }), version: 1 }, retry]);
    expect(put.some(isInner)).toBe(false);
  });

  it("stays as it is where none is in its cursor", () => {
    const move: Move = { put: [aLease({ version: 2 })], remove: [aFresh({ isInner: true })] };
    expect(movedOut(move)).toBe(move);
  });
});
