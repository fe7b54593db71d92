import type { ProgressStore } from "../../lib/domain/ports/progress-store.js";
import { bornIn, movedOut } from "../../lib/domain/progress/inner.js";
import { type Cursor, type Lease, dueId } from "../../lib/domain/progress/records.js";
import { MINUTE_MS, NOW_MS, aCursor, aLease, aNonce, aRetry, aSpan, aSubscriptionRef } from "./builders.js";

type Make = () => Promise<ProgressStore>;

const PARTITION = 7;

/** A lease that its cursor keeps. */
const anInner = (fields: Partial<Omit<Lease, "kind">> = {}): Lease =>
  aLease({
    id: dueId(NOW_MS, `c007-${aNonce()}`),
    partition: PARTITION,
    isInner: true,
    ...fields,
  });

const moveTo = (version: number, fields: Partial<Cursor> = {}) => ({
  partition: PARTITION,
  next: aCursor({ head: 10 * version, version, ...fields }),
});

/** A cursor that was moved twice, with a lease each time. */
async function withTwo(make: Make) {
  const progress = await make();
  const subscription = aSubscriptionRef();
  const [one, other] = [
    anInner({ consumer: { name: "worker-7", lane: 0 } }),
    anInner({ spans: [aSpan(10, 12), aSpan(13, 20)] }),
  ];
  await progress.advance(subscription, moveTo(1), [one]);
  await progress.advance(subscription, moveTo(2), [other]);
  const ids = async () => (await progress.cursor(subscription, PARTITION))?.inner?.map(({ id }) => id);
  return { progress, subscription, one, other, ids };
}

/** Leases that a cursor keeps in its own item. */
export function progressInnerContract(make: Make): void {
  it("is there with the moved head, by its id and in the cursors, and is not among what is due", async () => {
    const { progress, subscription, one, other } = await withTwo(make);
    const cursor = await progress.cursor(subscription, PARTITION);
    expect(cursor).toEqual({ ...moveTo(2).next, inner: expect.any(Array) as unknown });
    expect(new Set(cursor?.inner)).toEqual(new Set([one, other]));
    const cursors = await progress.cursors(subscription, { consistent: true });
    expect(cursors.get(PARTITION)?.inner).toHaveLength(2);
    for (const lease of [one, other]) expect(await progress.get(subscription, lease.id)).toEqual(lease);
    expect(bornIn(one.id)).toBe(PARTITION);
    expect(await progress.due(subscription, NOW_MS + MINUTE_MS, 10)).toEqual({ found: [] });
    expect(await progress.nextDueMs(subscription)).toBeUndefined();
    expect(await progress.totals(subscription, 0)).toMatchObject({ inFlight: 19, retrying: 0 });
    expect(await progress.totals(subscription, 1)).toMatchObject({ inFlight: 0 });
  });

  it("comes with the answer of the move, beside those that are still there", async () => {
    const { progress, subscription, one, other } = await withTwo(make);
    await progress.finish(subscription, one.id);
    const next = anInner();
    const answer = await progress.advance(subscription, moveTo(3), [next]);
    expect(answer).toMatchObject({ head: 30, version: 3 });
    expect(answer === "conflict" ? [] : new Set(answer.inner)).toEqual(new Set([other, next]));
  });

  it("is not put where the cursor has moved on", async () => {
    const { progress, subscription, ids, one, other } = await withTwo(make);
    expect(await progress.advance(subscription, moveTo(2), [anInner()])).toBe("conflict");
    expect(await progress.advance(subscription, moveTo(4), [anInner()])).toBe("conflict");
    expect(new Set(await ids())).toEqual(new Set([one.id, other.id]));
  });

  it("has the answer of its first time where it is put again", async () => {
    const { progress, subscription, other } = await withTwo(make);
    expect(await progress.advance(subscription, moveTo(2), [other])).toMatchObject({ head: 20, version: 2 });
  });

  it("ends once, and changes neither the version nor its neighbours", async () => {
    const { progress, subscription, one, other, ids } = await withTwo(make);
    expect(await progress.finish(subscription, one.id)).toBe("done");
    expect(await progress.finish(subscription, one.id)).toBe("gone");
    expect(await progress.get(subscription, one.id)).toBeUndefined();
    expect(await ids()).toEqual([other.id]);
    expect(await progress.advance(subscription, moveTo(3), [anInner()])).toMatchObject({ version: 3 });
  });

  it("comes with others of the same move", async () => {
    const { progress, subscription, one, other, ids } = await withTwo(make);
    const several = Array.from({ length: 6 }, () => anInner());
    const answer = await progress.advance(subscription, moveTo(3), several);
    expect(answer).toMatchObject({ head: 30, version: 3 });
    const all = new Set([one, other, ...several].map(({ id }) => id));
    expect(answer === "conflict" ? [] : new Set(answer.inner?.map(({ id }) => id))).toEqual(all);
    expect(new Set(await ids())).toEqual(all);
    expect(await progress.advance(subscription, moveTo(3), several)).toMatchObject({ version: 3 });
    expect(await progress.advance(subscription, moveTo(3), [anInner(), anInner()])).toBe("conflict");
  });

  it("ends with the move that others come with", async () => {
    const { progress, subscription, one, other, ids } = await withTwo(make);
    const next = anInner();
    const answer = await progress.advance(subscription, moveTo(3), [next], [one.id]);
    expect(answer).toMatchObject({ head: 30, version: 3 });
    const left = new Set([other.id, next.id]);
    expect(answer === "conflict" ? [] : new Set(answer.inner?.map(({ id }) => id))).toEqual(left);
    expect(new Set(await ids())).toEqual(left);
    expect(await progress.finish(subscription, one.id)).toBe("gone");
    // Its answer was lost: it is asked again.
    expect(await progress.advance(subscription, moveTo(3), [next], [one.id])).toMatchObject({ version: 3 });
  });

  it("keeps the head and its neighbours where it was to end with a move, and is gone", async () => {
    const { progress, subscription, one, other, ids } = await withTwo(make);
    await progress.finish(subscription, one.id);
    const ended = [other.id, one.id];
    expect(await progress.advance(subscription, moveTo(3), [anInner()], ended)).toBe("conflict");
    expect(await progress.cursor(subscription, PARTITION)).toMatchObject({ head: 20, version: 2 });
    expect(await ids()).toEqual([other.id]);
  });

  it("stays where it was to end with a move that lost its race", async () => {
    const { progress, subscription, one, other, ids } = await withTwo(make);
    expect(await progress.advance(subscription, moveTo(2), [anInner()], [one.id])).toBe("conflict");
    expect(new Set(await ids())).toEqual(new Set([one.id, other.id]));
  });

  it("ends together with others, which changes neither the version nor its neighbours", async () => {
    const { progress, subscription, one, other, ids } = await withTwo(make);
    const last = anInner();
    await progress.advance(subscription, moveTo(3), [last]);
    expect(await progress.finishTogether(subscription, [last.id, one.id])).toEqual(["done", "done"]);
    expect(await ids()).toEqual([other.id]);
    expect(await progress.cursor(subscription, PARTITION)).toMatchObject({ version: 3 });
  });

  it("ends together with others of which some are gone, marked, or moved out", async () => {
    const { progress, subscription, one, other } = await withTwo(make);
    const [gone, marked] = [anInner(), anInner()];
    await progress.advance(subscription, moveTo(3), [gone, marked]);
    await progress.finish(subscription, gone.id);
    await progress.move(subscription, movedOut({ put: [{ ...marked, isMarked: true, version: 2 }] }));
    await progress.move(subscription, movedOut({ put: [{ ...other, done: [13], version: 2 }] }));
    const ended = await progress.finishTogether(
      subscription,
      [gone, one, marked, other].map(({ id }) => id),
    );
    expect(ended).toEqual(["gone", "done", "kept", "done"]);
    expect(await progress.finishTogether(subscription, [one.id, other.id])).toEqual(["gone", "gone"]);
    expect(await progress.get(subscription, marked.id)).toBeDefined();
  });

  it("is extended to a later deadline, and not to an earlier one", async () => {
    const { progress, subscription, one } = await withTwo(make);
    const laterMs = NOW_MS + MINUTE_MS;
    expect(await progress.extend(subscription, one.id, laterMs)).toBe("done");
    expect(await progress.extend(subscription, one.id, NOW_MS)).toBe("kept");
    expect(await progress.get(subscription, one.id)).toEqual({ ...one, dueMs: laterMs, version: 2 });
    await progress.finish(subscription, one.id);
    expect(await progress.extend(subscription, one.id, laterMs)).toBe("gone");
  });

  it("stays where the head moves by another way, in any number of moves", async () => {
    const { progress, subscription, one, other, ids } = await withTwo(make);
    const lease = aLease({ partition: PARTITION });
    expect(await progress.move(subscription, { cursor: moveTo(3), put: [lease] })).toBe("moved");
    expect(await progress.move(subscription, { cursor: moveTo(4) })).toBe("moved");
    expect(new Set(await ids())).toEqual(new Set([one.id, other.id]));
  });

  it("is taken in a move if it has still that version", async () => {
    const { progress, subscription, one, other, ids } = await withTwo(make);
    const again = aLease({ partition: PARTITION });
    const taking = { remove: [one, other], put: [again] };
    await progress.extend(subscription, one.id, NOW_MS + 1);
    expect(await progress.move(subscription, taking)).toBe("conflict");
    expect(await progress.get(subscription, again.id)).toBeUndefined();
    const now = { remove: [{ ...one, version: 2 }, other], put: [again] };
    expect(await progress.move(subscription, now)).toBe("moved");
    expect(await progress.move(subscription, now)).toBe("conflict");
    expect([await ids(), await progress.get(subscription, again.id)]).toEqual([undefined, again]);
  });

  it("is taken alone, once", async () => {
    const { progress, subscription, one, other, ids } = await withTwo(make);
    expect(await progress.move(subscription, { remove: [one] })).toBe("moved");
    expect(await progress.move(subscription, { remove: [one] })).toBe("conflict");
    expect(await ids()).toEqual([other.id]);
  });

  it("is taken as its own cursor moves", async () => {
    const { progress, subscription, one, other, ids } = await withTwo(make);
    expect(await progress.move(subscription, { cursor: moveTo(3), remove: [one], put: [aRetry()] })).toBe(
      "moved",
    );
    expect(await ids()).toEqual([other.id]);
    expect(await progress.move(subscription, { cursor: moveTo(4), remove: [one] })).toBe("conflict");
    expect(await progress.cursor(subscription, PARTITION)).toMatchObject({ version: 3 });
  });

  it("is dropped with the move that says so, after a seek", async () => {
    const { progress, subscription, one, other } = await withTwo(make);
    const next = anInner({ epoch: 1 });
    const drop = [one.id, other.id];
    await progress.advance(subscription, { ...moveTo(3, { epoch: 1 }), drop }, [next]);
    expect(await progress.cursor(subscription, PARTITION)).toMatchObject({ epoch: 1, inner: [next] });
    expect(
      await progress.move(subscription, { cursor: { ...moveTo(4, { epoch: 2 }), drop: [next.id] } }),
    ).toBe("moved");
    expect(await progress.cursor(subscription, PARTITION)).toEqual(moveTo(4, { epoch: 2 }).next);
  });

  it("moves out of its cursor with its first other change, and keeps its id", async () => {
    const { progress, subscription, one, other, ids } = await withTwo(make);
    const changed: Lease = { ...one, done: [3], isMarked: true, version: 2 };
    expect(await progress.move(subscription, movedOut({ put: [changed] }))).toBe("moved");
    expect(await ids()).toEqual([other.id]);
    const { isInner: _, ...outer } = changed;
    expect(await progress.get(subscription, one.id)).toEqual({ ...outer, version: 1 });
    expect(await progress.finish(subscription, one.id)).toBe("kept");
    expect(await progress.acknowledge(subscription, one.id, [4])).toMatchObject({ id: one.id, version: 2 });
    expect((await progress.due(subscription, NOW_MS, 10)).found).toMatchObject([{ id: one.id }]);
    expect(await progress.totals(subscription, 0)).toMatchObject({ inFlight: 17 });
  });

  it("goes with the purge", async () => {
    const { progress, subscription, one } = await withTwo(make);
    while (!(await progress.purge(subscription, 10)));
    expect(await progress.get(subscription, one.id)).toBeUndefined();
  });
}
