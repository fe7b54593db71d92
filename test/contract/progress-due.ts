import type { ProgressStore } from "../../lib/domain/ports/progress-store.js";
import { PASSED_AGE_MS } from "../../lib/domain/progress/due-look.js";
import type { Due } from "../../lib/domain/progress/records.js";
import type { SubscriptionRef } from "../../lib/domain/subscription.js";
import { MINUTE_MS, NOW_MS, aCursor, aLease, aRetry, aSetAside, aSubscriptionRef } from "./builders.js";

type Make = () => Promise<ProgressStore>;

const ALL = 100;
/** More than a page of any store that takes `limit` for its page's size. */
const MANY = 60;

async function withDues(make: Make, put: readonly Due[]): Promise<[ProgressStore, SubscriptionRef]> {
  const progress = await make();
  const subscription = aSubscriptionRef();
  // What else lies there is not due.
  await progress.move(subscription, { cursor: { partition: 0, next: aCursor() }, setAside: [aSetAside()] });
  if (put.length > 0) await progress.move(subscription, { put });
  return [progress, subscription];
}

/** Leases that were due long ago, and are not any more: their consumers asked for more time. */
async function withExtended(make: Make, untilMs: number, others: readonly Due[]) {
  const extended = Array.from({ length: MANY }, (_, at) => aLease({ dueMs: NOW_MS - 2 * MINUTE_MS + at }));
  const [progress, subscription] = await withDues(make, extended);
  await Promise.all(extended.map(({ id }) => progress.extend(subscription, id, untilMs)));
  if (others.length > 0) await progress.move(subscription, { put: others });
  return { progress, subscription, extended };
}

export function progressDueContract(make: Make): void {
  describe("now", () => nowContract(make));
  describe("next", () => nextContract(make));
}

function nowContract(make: Make): void {
  it("is nothing where nothing is handed out or waits", async () => {
    const [progress, subscription] = await withDues(make, []);
    expect((await progress.due(subscription, NOW_MS, ALL)).found).toEqual([]);
  });

  it("is a lease whose deadline has passed, and a retry whose time has come, and nothing sooner", async () => {
    // GIVEN
    const put = [aLease({ dueMs: NOW_MS }), aRetry({ dueMs: NOW_MS + 1 })];
    const [progress, subscription] = await withDues(make, put);
    // THEN
    expect((await progress.due(subscription, NOW_MS - 1, ALL)).found).toEqual([]);
    expect((await progress.due(subscription, NOW_MS, ALL)).found).toEqual(put.slice(0, 1));
    expect((await progress.due(subscription, NOW_MS + 1, ALL)).found).toEqual(put);
  });

  it("is in the order of the time that it has been due, the longest first, up to the limit", async () => {
    // GIVEN
    const dues = Array.from({ length: 12 }, (_, at) =>
      at % 3 === 0 ? aLease({ dueMs: NOW_MS + at }) : aRetry({ dueMs: NOW_MS + at }),
    );
    const [progress, subscription] = await withDues(make, [...dues].reverse());
    // THEN
    expect((await progress.due(subscription, NOW_MS + MINUTE_MS, ALL)).found).toEqual(dues);
    expect((await progress.due(subscription, NOW_MS + MINUTE_MS, 5)).found).toEqual(dues.slice(0, 5));
    expect((await progress.due(subscription, NOW_MS + 2, 5)).found).toEqual(dues.slice(0, 3));
  });

  it("is not a lease that was extended, until that time has passed too", async () => {
    // GIVEN
    const lease = aLease();
    const [progress, subscription] = await withDues(make, [lease]);
    const dueMs = NOW_MS + MINUTE_MS;
    // WHEN
    await progress.extend(subscription, lease.id, dueMs);
    // THEN
    expect((await progress.due(subscription, dueMs - 1, ALL)).found).toEqual([]);
    expect((await progress.due(subscription, dueMs, ALL)).found).toEqual([{ ...lease, dueMs, version: 2 }]);
  });

  it.each([1, 3, 10, 100])("is found behind many leases that were extended, %i at a time", async (limit) => {
    // GIVEN
    const retries = [aRetry({ dueMs: NOW_MS - 2 }), aRetry({ dueMs: NOW_MS - 1 })];
    const { progress, subscription } = await withExtended(make, NOW_MS + MINUTE_MS, retries);
    // THEN
    expect((await progress.due(subscription, NOW_MS, limit)).found).toEqual(retries.slice(0, limit));
  });

  it.each([1, 3, 100])("tells what it has passed, %i at a time, and looks on behind it", async (limit) => {
    // GIVEN leases that were extended, to different times, behind them one that was not, and what is due
    const untilMs = NOW_MS + MINUTE_MS;
    const retries = [aRetry({ dueMs: NOW_MS - 2 }), aRetry({ dueMs: NOW_MS - 1 })];
    const { progress, subscription, extended } = await withExtended(make, untilMs, retries);
    const others = extended.filter((_, at) => at !== 7);
    await Promise.all(others.map(({ id }) => progress.extend(subscription, id, untilMs + 1)));
    const lastId = extended.at(-1)?.id ?? "";
    // WHEN
    const first = await progress.due(subscription, NOW_MS, limit);
    // THEN
    expect(first).toEqual({ found: retries.slice(0, limit), passed: { lastId, untilMs } });
    expect(await progress.due(subscription, NOW_MS, limit, lastId)).toEqual({
      found: retries.slice(0, limit),
    });
    const [one] = retries;
    expect((await progress.due(subscription, NOW_MS, limit, one?.id)).found).toEqual(retries.slice(1));
    const half = extended[30]?.id;
    expect((await progress.due(subscription, NOW_MS, limit, half)).passed).toEqual({
      lastId,
      untilMs: untilMs + 1,
    });
  });

  it("tells nothing of what is too young to have all in front of it, nor of what lies behind what is due", async () => {
    const young = aLease({ dueMs: NOW_MS - PASSED_AGE_MS + 1 });
    const [progress, subscription] = await withDues(make, [young]);
    await progress.extend(subscription, young.id, NOW_MS + MINUTE_MS);
    expect(await progress.due(subscription, NOW_MS, ALL)).toEqual({ found: [] });
    const retry = aRetry({ dueMs: NOW_MS - MINUTE_MS });
    await progress.move(subscription, { put: [retry] });
    expect(await progress.due(subscription, NOW_MS + MINUTE_MS - 1, ALL)).toEqual({ found: [retry] });
    await progress.move(subscription, { remove: [retry] });
    const passed = { lastId: young.id, untilMs: NOW_MS + MINUTE_MS };
    expect(await progress.due(subscription, NOW_MS + 1, ALL)).toEqual({ found: [], passed });
  });

  it("is shown with what is settled of it", async () => {
    const lease = aLease();
    const [progress, subscription] = await withDues(make, [lease]);
    await progress.acknowledge(subscription, lease.id, [4]);
    expect((await progress.due(subscription, NOW_MS, ALL)).found).toEqual([
      { ...lease, done: [4], version: 2 },
    ]);
  });

  it("is not what was finished, taken over or replaced by something later", async () => {
    // GIVEN
    const [finished, taken, replaced] = [aLease(), aLease(), aRetry()];
    const [progress, subscription] = await withDues(make, [finished, taken, replaced]);
    const next = aLease({ dueMs: NOW_MS + MINUTE_MS });
    // WHEN
    await progress.finish(subscription, finished.id);
    await progress.move(subscription, {
      remove: [taken],
      put: [next, { ...replaced, version: 2, dueMs: NOW_MS + MINUTE_MS }],
    });
    // THEN
    expect((await progress.due(subscription, NOW_MS, ALL)).found).toEqual([]);
    expect((await progress.due(subscription, NOW_MS + MINUTE_MS, ALL)).found).toHaveLength(2);
  });

  it("is one subscription's own", async () => {
    const [progress, subscription] = await withDues(make, [aLease()]);
    expect((await progress.due({ ...subscription, uid: aSubscriptionRef().uid }, NOW_MS, ALL)).found).toEqual(
      [],
    );
  });
}

function nextContract(make: Make): void {
  it("is nothing where nothing is handed out or waits", async () => {
    const [progress, subscription] = await withDues(make, []);
    expect(await progress.nextDueMs(subscription)).toBeUndefined();
  });

  it("is the soonest, overdue or not", async () => {
    const [progress, subscription] = await withDues(make, [
      aLease({ dueMs: NOW_MS + MINUTE_MS }),
      aRetry({ dueMs: NOW_MS + 3 }),
      aLease({ dueMs: NOW_MS + 5 }),
    ]);
    expect(await progress.nextDueMs(subscription)).toBe(NOW_MS + 3);
  });

  it("is by the deadline that a lease was extended to", async () => {
    // GIVEN
    const lease = aLease();
    const [progress, subscription] = await withDues(make, [lease]);
    // WHEN
    await progress.extend(subscription, lease.id, NOW_MS + MINUTE_MS);
    // THEN
    expect(await progress.nextDueMs(subscription)).toBe(NOW_MS + MINUTE_MS);
  });

  it("is found behind a lease that was extended beyond it", async () => {
    const [lease, retry] = [aLease(), aRetry({ dueMs: NOW_MS + 10 })];
    const [progress, subscription] = await withDues(make, [lease, retry]);
    await progress.extend(subscription, lease.id, NOW_MS + MINUTE_MS);
    expect(await progress.nextDueMs(subscription)).toBe(NOW_MS + 10);
  });

  it("is found behind many leases that were extended beyond it", async () => {
    const retry = aRetry({ dueMs: NOW_MS + 10 });
    const { progress, subscription } = await withExtended(make, NOW_MS + MINUTE_MS, [retry]);
    expect(await progress.nextDueMs(subscription)).toBe(NOW_MS + 10);
  });

  it("is the soonest of many extended ones, wherever it lies", async () => {
    const { progress, subscription, extended } = await withExtended(make, NOW_MS + MINUTE_MS, []);
    const others = extended.filter((_, at) => at !== 41);
    await Promise.all(others.map(({ id }) => progress.extend(subscription, id, NOW_MS + 2 * MINUTE_MS)));
    expect(await progress.nextDueMs(subscription)).toBe(NOW_MS + MINUTE_MS);
  });

  it("is known at once to whoever asks after the move", async () => {
    const [progress, subscription] = await withDues(make, []);
    for (let dueMs = NOW_MS + 10; dueMs > NOW_MS; dueMs--) {
      await progress.move(subscription, { put: [aRetry({ dueMs })] });
      expect(await progress.nextDueMs(subscription)).toBe(dueMs);
    }
  });
}
