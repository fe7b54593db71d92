import type { Failure } from "../../lib/domain/progress/failures.js";
import type { Due } from "../../lib/domain/progress/records.js";
import { MINUTE_MS, NOW_MS, aCursor, aHint, aLease, aRetry, aSpan, aSubscriptionRef } from "./builders.js";
import type { Make } from "./progress-moves.js";
import { dueId } from "../../lib/domain/progress/records.js";

const PAGES_BOUND = 20;

/** Leases, retries and hints, page by page. */
export function progressRecordsContract(make: Make): void {
  it("are none before the first move", async () => {
    const progress = await make();
    expect(await progress.records(aSubscriptionRef(), { limit: 10 })).toEqual({ records: [] });
  });

  it("come each once by id, due or not, without what lies beside them", async () => {
    // GIVEN
    const progress = await make();
    const subscription = aSubscriptionRef();
    const put: Due[] = [3, 1, 4, 0, 2].map((minute) =>
      (minute % 2 === 0 ? aLease : aRetry)({
        id: dueId(NOW_MS + minute * MINUTE_MS, `n${minute}`),
        dueMs: NOW_MS + minute * MINUTE_MS,
        spans: [aSpan(minute, minute + 1)],
      }),
    );
    put.push(aHint(aLease(), NOW_MS + 5 * MINUTE_MS));
    await progress.move(subscription, {
      cursor: { partition: 0, next: aCursor() },
      put,
      setAside: [{ partition: 0, base: 3, count: 1, reason: "segment-missing", atMs: 1 }],
    });
    // WHEN
    const seen: Due[] = [];
    let after: string | undefined;
    for (let pages = 0; pages < PAGES_BOUND; pages++) {
      const page = await progress.records(subscription, {
        limit: 2,
        ...(after === undefined ? {} : { after }),
      });
      expect(page.records.length).toBeLessThanOrEqual(2);
      seen.push(...page.records);
      after = page.lastId;
      if (after === undefined) break;
    }
    // THEN
    const sorted = [...put].sort((one, other) => (one.id < other.id ? -1 : 1));
    expect(seen).toEqual(sorted);
  });

  it("have what each of their messages failed by, the same past once or several times", async () => {
    const progress = await make();
    const subscription = aSubscriptionRef();
    const first: Failure = { kind: "failed", atMs: NOW_MS, attempt: 1, error: "no such customer", among: 7 };
    const failures: readonly Failure[] = [first, { kind: "expired", atMs: NOW_MS + 1, attempt: 3 }];
    const spans = [
      aSpan(0, 1, { failures }),
      aSpan(1, 2),
      aSpan(2, 3, { failures: [{ kind: "dead-lettered", atMs: NOW_MS, attempt: 9, error: "no" }] }),
      aSpan(3, 4, { failures, lastError: "no", charged: 1, together: 2, parkedUntilMs: NOW_MS + 1 }),
    ];
    const records = [aRetry({ spans }), aLease({ spans, dueMs: NOW_MS + 1 })];
    await progress.move(subscription, { put: records });
    expect((await progress.records(subscription, { limit: 10 })).records).toEqual(records);
  });

  it("have what stands for a dead letter as it was put, in a retry and in a lease of several keys", async () => {
    const progress = await make();
    const subscription = aSubscriptionRef();
    const hold = { heldUntilMs: NOW_MS + 9, attempt: 0 };
    const spans = [aSpan(0, 1, hold), aSpan(1, 3), aSpan(3, 4, { ...hold, isReturned: true, keyAt: 1 })];
    const records = [aRetry({ spans }), aLease({ spans, dueMs: NOW_MS + 1 })];
    await progress.move(subscription, { put: records });
    expect((await progress.records(subscription, { limit: 10 })).records).toEqual(records);
  });

  it("show a change at once", async () => {
    const progress = await make();
    const subscription = aSubscriptionRef();
    const retry = aRetry();
    await progress.move(subscription, { put: [retry] });
    expect((await progress.records(subscription, { limit: 10 })).records).toEqual([retry]);
    await progress.move(subscription, { remove: [retry] });
    expect((await progress.records(subscription, { limit: 10 })).records).toEqual([]);
  });
}
