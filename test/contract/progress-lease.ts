import type { ProgressStore } from "../../lib/domain/ports/progress-store.js";
import type { Due, Lease, Retry } from "../../lib/domain/progress/records.js";
import type { SubscriptionRef } from "../../lib/domain/subscription.js";
import {
  MINUTE_MS,
  NOW_MS,
  aCursor,
  aHint,
  aLease,
  aNonce,
  aRetry,
  aSpan,
  aSubscriptionRef,
} from "./builders.js";
import { progressSettleRaceContract } from "./progress-settle-race.js";

type Make = () => Promise<ProgressStore>;

/** A lease of the messages 0 to 9, and a retry beside it. */
async function aHandedOne(make: Make) {
  const progress = await make();
  const subscription = aSubscriptionRef();
  const [lease, retry] = [aLease({ spans: [aSpan(0, 4), aSpan(4, 10)] }), aRetry()];
  await progress.move(subscription, { cursor: { partition: 0, next: aCursor() }, put: [lease, retry] });
  return { progress, subscription, lease, retry };
}

/** `done` is a set: its order means nothing. */
const sorted = <T extends Due>(due: T): T => ({ ...due, done: [...due.done].sort((a, b) => a - b) });

async function stored(progress: ProgressStore, subscription: SubscriptionRef, id: string) {
  const due = await progress.get(subscription, id);
  return due && sorted(due);
}

/** All that a record can say of its messages. */
const aMarkedOne = (): Lease =>
  aLease({
    isMarked: true,
    spans: [
      aSpan(0, 2, { lastError: "no stock", firstReceivedAtMs: NOW_MS }),
      aSpan(2, 4, { dueMs: NOW_MS + MINUTE_MS, lastError: "Zürich" }),
      aSpan(4, 6, { isReturned: true, lastError: "no stock" }),
      aSpan(6, 9, { dueMs: NOW_MS + 1, isReturned: true }),
      aSpan(9, 10, { attempt: 0, isReturned: true, parkedUntilMs: NOW_MS + MINUTE_MS, keyAt: 1 }),
    ],
  });

export function progressLeaseContract(make: Make): void {
  it("of messages with different fates is stored as it was put, and a hint that leads to it", async () => {
    const progress = await make();
    const subscription = aSubscriptionRef();
    const consumer = { name: "worker-7", principal: "arn:aws:iam::1:role/w", address: "192.0.2.7", lane: 1 };
    const lease = { ...aMarkedOne(), consumer, beside: 3 };
    const hint = aHint(lease, NOW_MS - MINUTE_MS);
    await progress.move(subscription, { put: [lease, hint] });
    expect(await progress.get(subscription, lease.id)).toEqual(lease);
    expect(await progress.get(subscription, hint.id)).toEqual(hint);
    expect(await progress.totals(subscription, 0)).toMatchObject({ inFlight: 4, retrying: 6 });
  });

  describe("that is finished", () => finishContract(make));
  describe("that is acknowledged in part", () => acknowledgeContract(make));
  describe("that is extended", () => extendContract(make));
  describe("that many settle at once", () => progressSettleRaceContract(make));
}

function finishContract(make: Make): void {
  it("is gone as a whole, with cursor and neighbours untouched", async () => {
    // GIVEN
    const { progress, subscription, lease, retry } = await aHandedOne(make);
    // WHEN
    const outcome = await progress.finish(subscription, lease.id);
    // THEN
    expect(outcome).toBe("done");
    expect(await progress.get(subscription, lease.id)).toBeUndefined();
    expect(await progress.get(subscription, retry.id)).toEqual(retry);
    expect(await progress.cursor(subscription, 0)).toEqual(aCursor());
  });

  it("is finished whatever its version became meanwhile", async () => {
    const { progress, subscription, lease } = await aHandedOne(make);
    await progress.extend(subscription, lease.id, lease.dueMs + MINUTE_MS);
    await progress.acknowledge(subscription, lease.id, [1]);
    expect(await progress.finish(subscription, lease.id)).toBe("done");
    expect(await progress.nextDueMs(subscription)).toBe(NOW_MS);
  });

  it("is kept where it is marked: its messages have different fates", async () => {
    const { progress, subscription } = await aHandedOne(make);
    const marked = aLease({ isMarked: true });
    await progress.move(subscription, { put: [marked] });
    expect(await progress.finish(subscription, marked.id)).toBe("kept");
    expect(await progress.get(subscription, marked.id)).toEqual(marked);
  });

  it("is gone for whoever comes late, and for other subscriptions", async () => {
    const { progress, subscription, lease } = await aHandedOne(make);
    expect(await progress.finish(aSubscriptionRef(), lease.id)).toBe("gone");
    expect(await progress.finish(subscription, lease.id)).toBe("done");
    expect(await progress.finish(subscription, lease.id)).toBe("gone");
    expect(await progress.finish(subscription, aLease().id)).toBe("gone");
  });

  it("is not confused with a retry: what waits for another attempt is nobody's to finish", async () => {
    const { progress, subscription, retry } = await aHandedOne(make);
    expect(await progress.finish(subscription, retry.id)).toBe("gone");
    expect(await progress.get(subscription, retry.id)).toEqual(retry);
  });

  it("is done for one of many at once", async () => {
    const { progress, subscription, lease } = await aHandedOne(make);
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => progress.finish(subscription, lease.id)));
    expect(outcomes.sort()).toEqual(["done", "gone", "gone", "gone"]);
  });
}

function acknowledgeContract(make: Make): void {
  it("has those offsets done and a higher version, and is given as it is then", async () => {
    // GIVEN
    const { progress, subscription, lease } = await aHandedOne(make);
    // WHEN
    const answer = await progress.acknowledge(subscription, lease.id, [2, 7]);
    // THEN
    const expected: Lease = { ...lease, done: [2, 7], version: 2 };
    expect(answer === "gone" ? answer : sorted(answer)).toEqual(expected);
    expect(await stored(progress, subscription, lease.id)).toEqual(expected);
  });

  it("adds to what was done before, each offset once", async () => {
    const { progress, subscription, lease } = await aHandedOne(make);
    await progress.acknowledge(subscription, lease.id, [2, 7]);
    await progress.acknowledge(subscription, lease.id, [7, 3]);
    expect(await stored(progress, subscription, lease.id)).toEqual({ ...lease, done: [2, 3, 7], version: 3 });
  });

  it("loses nothing when many acknowledge at once, in whatever order", async () => {
    // GIVEN
    const { progress, subscription, lease } = await aHandedOne(make);
    const offsets = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    // WHEN
    const answers = await Promise.all(
      offsets.map((offset) => progress.acknowledge(subscription, lease.id, [offset])),
    );
    // THEN each step was seen by one of them, the last as the whole
    expect(await stored(progress, subscription, lease.id)).toEqual({ ...lease, done: offsets, version: 11 });
    const versions = answers.map((answer) => (answer === "gone" ? 0 : answer.version));
    expect(versions.sort((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it("goes along with an extension that came before it", async () => {
    const { progress, subscription, lease } = await aHandedOne(make);
    const dueMs = lease.dueMs + MINUTE_MS;
    expect(await progress.extend(subscription, lease.id, dueMs)).toBe("done");
    await progress.acknowledge(subscription, lease.id, [5]);
    const expected = { ...lease, done: [5], dueMs, version: 3 };
    expect(await stored(progress, subscription, lease.id)).toEqual(expected);
  });

  it("is given whole where many messages are done in a big lease", async () => {
    const progress = await make();
    const subscription = aSubscriptionRef();
    const base = NOW_MS * 1_000;
    const lease = aLease({ spans: [aSpan(base, base + 1_000)] });
    await progress.move(subscription, { put: [lease] });
    const done = Array.from({ length: 999 }, (_, at) => base + at);
    const answer = await progress.acknowledge(subscription, lease.id, done);
    expect(answer === "gone" ? answer : sorted(answer)).toEqual({ ...lease, done, version: 2 });
  });

  it("is gone where it was finished or taken over, in other subscriptions, and is never a retry", async () => {
    // GIVEN
    const { progress, subscription, lease, retry } = await aHandedOne(make);
    const finished = aLease();
    await progress.move(subscription, { put: [finished] });
    await progress.finish(subscription, finished.id);
    // WHEN
    const outcomes = [
      await progress.acknowledge(subscription, finished.id, [0]),
      await progress.acknowledge(aSubscriptionRef(), lease.id, [0]),
      await progress.acknowledge(subscription, `0000000000000000-${aNonce()}`, [0]),
      await progress.acknowledge(subscription, retry.id, [0]),
    ];
    // THEN nothing came into being either
    expect(outcomes).toEqual(["gone", "gone", "gone", "gone"]);
    expect(await progress.get(subscription, finished.id)).toBeUndefined();
    expect(await progress.get(subscription, retry.id)).toEqual(retry);
  });

  it("tells a late consumer by the answer that others settled the rest", async () => {
    const { progress, subscription, lease } = await aHandedOne(make);
    await progress.acknowledge(subscription, lease.id, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    const answer = await progress.acknowledge(subscription, lease.id, [9]);
    expect(answer === "gone" ? [] : answer.done).toHaveLength(10);
  });
}

function extendContract(make: Make): void {
  it("has a later deadline, a higher version and the id of its receipts", async () => {
    // GIVEN
    const { progress, subscription, lease } = await aHandedOne(make);
    // WHEN
    const outcome = await progress.extend(subscription, lease.id, lease.dueMs + MINUTE_MS);
    // THEN
    expect(outcome).toBe("done");
    expect(await progress.get(subscription, lease.id)).toEqual({
      ...lease,
      dueMs: lease.dueMs + MINUTE_MS,
      version: 2,
    });
  });

  it.each([1, MINUTE_MS])("is never shortened, by %i ms", async (byMs) => {
    const { progress, subscription, lease } = await aHandedOne(make);
    expect(await progress.extend(subscription, lease.id, lease.dueMs - byMs)).toBe("kept");
    expect(await progress.get(subscription, lease.id)).toEqual(lease);
  });

  it("is kept as it is where it was settled in part, or is marked: only its messages can be extended", async () => {
    // GIVEN
    const { progress, subscription, lease } = await aHandedOne(make);
    const marked = aLease({ isMarked: true });
    await progress.move(subscription, { put: [marked] });
    await progress.acknowledge(subscription, lease.id, [3]);
    // WHEN
    const outcomes = [lease, marked].map(({ id }) =>
      progress.extend(subscription, id, NOW_MS + 5 * MINUTE_MS),
    );
    // THEN
    expect(await Promise.all(outcomes)).toEqual(["kept", "kept"]);
    expect(await progress.get(subscription, marked.id)).toEqual(marked);
    expect(await stored(progress, subscription, lease.id)).toEqual({ ...lease, done: [3], version: 2 });
  });

  it("has the longest deadline of several at once", async () => {
    const { progress, subscription, lease } = await aHandedOne(make);
    const outcomes = await Promise.all(
      [3, 1, 5, 2, 4].map((minutes) =>
        progress.extend(subscription, lease.id, lease.dueMs + minutes * MINUTE_MS),
      ),
    );
    expect(new Set(outcomes)).toEqual(new Set(outcomes.includes("kept") ? ["done", "kept"] : ["done"]));
    expect((await progress.get(subscription, lease.id))?.dueMs).toBe(lease.dueMs + 5 * MINUTE_MS);
  });

  it("is gone where it was finished, in other subscriptions, and is never a retry", async () => {
    // GIVEN
    const { progress, subscription, lease, retry } = await aHandedOne(make);
    const finished = aLease();
    await progress.move(subscription, { put: [finished] });
    await progress.finish(subscription, finished.id);
    const laterMs = NOW_MS + MINUTE_MS;
    // WHEN
    const outcomes = [
      await progress.extend(subscription, finished.id, laterMs),
      await progress.extend(aSubscriptionRef(), lease.id, laterMs),
      await progress.extend(subscription, retry.id, laterMs),
    ];
    // THEN nothing came into being either
    expect(outcomes).toEqual(["gone", "gone", "gone"]);
    expect(await progress.get(subscription, finished.id)).toBeUndefined();
    expect(await progress.get(subscription, retry.id)).toEqual(retry satisfies Retry);
  });

  it("is either extended or taken over, never both", async () => {
    for (let round = 0; round < 10; round++) {
      const { progress, subscription, lease } = await aHandedOne(make);
      const next = aLease({ spans: lease.spans });
      const [extended, taken] = await Promise.all([
        progress.extend(subscription, lease.id, lease.dueMs + MINUTE_MS),
        progress.move(subscription, { remove: [lease], put: [next] }),
      ]);
      expect(["done, conflict", "gone, moved"]).toContain(`${extended}, ${taken}`);
      expect((await progress.totals(subscription, 0)).inFlight).toBe(10);
    }
  });
}
