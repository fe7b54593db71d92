import type { ProgressStore } from "../../lib/domain/ports/progress-store.js";
import type { Cursor, Due } from "../../lib/domain/progress/records.js";
import type { SubscriptionRef } from "../../lib/domain/subscription.js";
import { aCursor, aLease, aRetry, aSetAside, aSubscriptionRef } from "./builders.js";
import { recordLimitContract } from "./item-limits.js";
import { progressDueContract } from "./progress-due.js";
import { progressInnerContract } from "./progress-inner.js";
import { progressLeaseContract } from "./progress-lease.js";
import { progressMoveContract } from "./progress-move.js";
import { progressRecordsContract } from "./progress-records.js";
import { progressStandingContract } from "./progress-standing.js";
import { progressStaleContract } from "./progress-stale.js";
import { totalsContract } from "./progress-totals.js";
import { type Make, moveCursor } from "./progress-moves.js";

const PAGES_BOUND = 100;

/** What every {@link ProgressStore} promises. */
export function progressStoreContract(make: Make): void {
  describe("a progress store", () => {
    describe("cursors", () => cursorsContract(make));
    describe("how a subscription stands", () => progressStandingContract(make));
    describe("a move", () => progressMoveContract(make));
    describe("a lease", () => progressLeaseContract(make));
    describe("a lease in its cursor", () => progressInnerContract(make));
    describe("what is due", () => progressDueContract(make));
    describe("records", () => progressRecordsContract(make));
    describe("reads while messages move", () => progressStaleContract(make));
    describe("totals", () => totalsContract(make));
    describe("slots set aside", () => setAsideContract(make));
    describe("purging", () => purgeContract(make));
    describe("the largest record", () => recordLimitContract(make));
  });
}

function cursorsContract(make: Make): void {
  it("are none before the first move", async () => {
    const progress = await make();
    const subscription = aSubscriptionRef();
    expect(await progress.cursor(subscription, 0)).toBeUndefined();
    expect((await progress.cursors(subscription, { consistent: true })).size).toBe(0);
  });

  it("are kept by partition, as they were given", async () => {
    // GIVEN
    const progress = await make();
    const subscription = aSubscriptionRef();
    const cursors: [number, Cursor][] = [
      [0, aCursor()],
      [2, aCursor({ head: 4_102_444_800_000_000, slotBase: 4_102_444_799_999_000, epoch: 3 })],
      [10, aCursor({ open: ["0004102444800000-a", "0004102444800000-b"] })],
      [255, aCursor({ open: [] })],
    ];
    // WHEN
    for (const [partition, cursor] of cursors) await moveCursor(progress, subscription, partition, cursor);
    // THEN
    const stored = await progress.cursors(subscription, { consistent: true });
    expect([...stored].sort(([a], [b]) => a - b)).toEqual(cursors);
    for (const [partition, cursor] of cursors)
      expect(await progress.cursor(subscription, partition)).toEqual(cursor);
  });

  it("that are read eventually consistent are nothing but what was stored", async () => {
    const progress = await make();
    const subscription = aSubscriptionRef();
    await moveCursor(progress, subscription, 1, aCursor());
    for (const entry of await progress.cursors(subscription)) expect(entry).toEqual([1, aCursor()]);
  });

  it("belong to one life of one subscription", async () => {
    const progress = await make();
    const subscription = aSubscriptionRef();
    await moveCursor(progress, subscription, 0, aCursor());
    const others = [
      { ...subscription, uid: aSubscriptionRef().uid },
      { ...subscription, name: aSubscriptionRef().name },
      { ...subscription, topic: aSubscriptionRef().topic },
    ];
    for (const other of others) expect(await progress.cursor(other, 0)).toBeUndefined();
  });
}

function setAsideContract(make: Make): void {
  const all = async (progress: ProgressStore, subscription: SubscriptionRef, limit: number) => {
    const found = [];
    let cursor: string | undefined;
    for (let page = 1; page <= PAGES_BOUND; page++) {
      const { items, nextCursor } = await progress.setAside(subscription, {
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      });
      expect(items.length).toBeLessThanOrEqual(limit);
      found.push(...items);
      if (nextCursor === undefined) return found;
      cursor = nextCursor;
    }
    throw new Error("no end of pages");
  };

  it.each([1, 2, 100])("are paged through, %i a page, each once", async (limit) => {
    // GIVEN
    const progress = await make();
    const subscription = aSubscriptionRef();
    const slots = [
      aSetAside({ partition: 0, base: 9 }),
      aSetAside({ partition: 0, base: 10, count: 1, reason: "segment-missing" }),
      aSetAside({ partition: 2, base: 0 }),
      aSetAside({ partition: 10, base: 4_102_444_800_000_000, reason: "undecodable" }),
    ];
    // WHEN
    await progress.move(subscription, { setAside: slots.slice(0, 1) });
    await progress.move(subscription, { setAside: slots.slice(1) });
    // THEN
    const found = await all(progress, subscription, limit);
    expect(found.sort((a, b) => a.partition - b.partition || a.base - b.base)).toEqual(slots);
  });

  it("are kept once each, and show the last reason", async () => {
    const progress = await make();
    const subscription = aSubscriptionRef();
    await progress.move(subscription, { setAside: [aSetAside({ reason: "segment-missing" })] });
    await progress.move(subscription, { setAside: [aSetAside({ reason: "undecodable" })] });
    expect(await all(progress, subscription, 10)).toEqual([aSetAside({ reason: "undecodable" })]);
  });

  it("refuse a cursor that is none", async () => {
    const progress = await make();
    await expect(
      progress.setAside(aSubscriptionRef(), { limit: 10, cursor: "garbage" }),
    ).rejects.toMatchObject({ code: "invalid-request" });
  });
}

function purgeContract(make: Make): void {
  const aFullOne = async (progress: ProgressStore, dues: number): Promise<[SubscriptionRef, Due[]]> => {
    const subscription = aSubscriptionRef();
    const put = Array.from({ length: dues }, (_, at) => (at % 2 === 0 ? aLease() : aRetry()));
    for (let from = 0; from < dues; from += 40)
      await progress.move(subscription, { put: put.slice(from, from + 40) });
    const cursor = { partition: 0, next: aCursor() };
    await progress.move(subscription, { cursor, setAside: [aSetAside()] });
    return [subscription, put];
  };

  it("is over at once where nothing is left", async () => {
    const progress = await make();
    expect(await progress.purge(aSubscriptionRef(), 10)).toBe(true);
  });

  it("deletes cursors, leases, retries and what was set aside, of this subscription only", async () => {
    // GIVEN
    const progress = await make();
    const [subscription, put] = await aFullOne(progress, 4);
    const [other, kept] = await aFullOne(progress, 1);
    // WHEN
    const isOver = await progress.purge(subscription, 100);
    // THEN
    expect(isOver).toBe(true);
    expect(await progress.cursor(subscription, 0)).toBeUndefined();
    for (const { id } of put) expect(await progress.get(subscription, id)).toBeUndefined();
    expect(await progress.nextDueMs(subscription)).toBeUndefined();
    expect((await progress.setAside(subscription, { limit: 10 })).items).toEqual([]);
    expect(await progress.cursor(other, 0)).toEqual(aCursor());
    expect(await progress.get(other, kept[0]?.id ?? "")).toEqual(kept[0]);
  });

  it("by two at once leaves nothing, and what is written behind it to the next one", async () => {
    const progress = await make();
    const [subscription] = await aFullOne(progress, 30);
    const both = await Promise.all([progress.purge(subscription, 100), progress.purge(subscription, 100)]);
    expect(both).toEqual([true, true]);
    const late = aLease();
    await progress.move(subscription, { cursor: { partition: 0, next: aCursor() }, put: [late] });
    expect(await progress.get(subscription, late.id)).toEqual(late);
    expect(await progress.purge(subscription, 100)).toBe(true);
    expect(await progress.nextDueMs(subscription)).toBeUndefined();
    expect(await progress.cursor(subscription, 0)).toBeUndefined();
  });

  it("deletes no more than the limit at a time, and says when it is over", async () => {
    // GIVEN 62 items
    const progress = await make();
    const [subscription] = await aFullOne(progress, 60);
    // WHEN
    const answers: boolean[] = [];
    while (answers.at(-1) !== true && answers.length < 10)
      answers.push(await progress.purge(subscription, 20));
    // THEN
    expect(answers).toEqual([false, false, false, true]);
  });
}
