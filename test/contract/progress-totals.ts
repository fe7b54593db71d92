import { chainNonce } from "../../lib/domain/progress/chains.js";
import { type Due, dueId } from "../../lib/domain/progress/records.js";
import {
  MINUTE_MS,
  NOW_MS,
  aCursor,
  aLease,
  aNonce,
  aRetry,
  aSetAside,
  aSpan,
  aSubscriptionRef,
} from "./builders.js";
import { type Make, moveCursor } from "./progress-moves.js";

export function totalsContract(make: Make): void {
  it("are nothing where nothing is handed out", async () => {
    const progress = await make();
    const subscription = aSubscriptionRef();
    await moveCursor(progress, subscription, 0, aCursor());
    expect(await progress.totals(subscription, 0)).toEqual({
      inFlight: 0,
      retrying: 0,
      expired: 0,
      setAside: 0,
      busyKeys: 0,
      heldKeys: 0,
      capped: false,
    });
  });

  it("count the messages of leases and of retries, over all partitions, and find the oldest", async () => {
    // GIVEN
    const progress = await make();
    const subscription = aSubscriptionRef();
    const older = { publishedAtMs: NOW_MS - MINUTE_MS };
    const put: Due[] = [
      aLease({ spans: [aSpan(0, 7), aSpan(20, 23)] }),
      aLease({ partition: 3, spans: [aSpan(5, 6)], dueMs: NOW_MS + MINUTE_MS }),
      aRetry({ partition: 1, spans: [aSpan(40, 42, older)] }),
    ];
    await progress.move(subscription, { put });
    // WHEN
    const totals = await progress.totals(subscription, 0);
    // THEN
    expect(totals).toEqual({
      inFlight: 11,
      retrying: 2,
      oldestPublishedAtMs: NOW_MS - MINUTE_MS,
      expired: 0,
      setAside: 0,
      busyKeys: 0,
      heldKeys: 0,
      capped: false,
    });
  });

  it("count the keys that records name, and those of them that wait for a dead letter", async () => {
    const progress = await make();
    const subscription = aSubscriptionRef();
    const named = (hash: string): string => dueId(NOW_MS, chainNonce(hash, aNonce()));
    const put: Due[] = [
      aRetry({
        id: named("11111111"),
        spans: [aSpan(3, 4, { heldUntilMs: NOW_MS + MINUTE_MS }), aSpan(4, 6)],
      }),
      aRetry({ id: named("22222222"), spans: [aSpan(7, 8)] }),
    ];
    await progress.move(subscription, { put });
    const counts = { busyKeys: 2, heldKeys: 1, retrying: 3, inFlight: 0 };
    expect(await progress.totals(subscription, 0)).toMatchObject(counts);
  });

  it("leave out what is of an older epoch, and its age", async () => {
    // GIVEN
    const progress = await make();
    const subscription = aSubscriptionRef();
    const older = aSpan(0, 2, { publishedAtMs: NOW_MS - MINUTE_MS });
    const put: Due[] = [
      aLease({ epoch: 1, spans: [older] }),
      aRetry({ epoch: 1, spans: [older] }),
      aLease({ epoch: 2, spans: [aSpan(0, 7)] }),
      aRetry({ epoch: 2, spans: [aSpan(20, 23)] }),
      aLease({ epoch: 3, spans: [aSpan(40, 41)] }),
    ];
    await progress.move(subscription, { put });
    // THEN
    const counts = {
      inFlight: 8,
      retrying: 3,
      oldestPublishedAtMs: NOW_MS,
      expired: 0,
      setAside: 0,
      busyKeys: 0,
      heldKeys: 0,
      capped: false,
    };
    expect(await progress.totals(subscription, 2)).toEqual(counts);
    expect(await progress.totals(subscription, 4)).toEqual({
      inFlight: 0,
      retrying: 0,
      expired: 0,
      setAside: 0,
      busyKeys: 0,
      heldKeys: 0,
      capped: false,
    });
  });

  it("count what expired apart: what was counted as it moved, and what lies below what lives", async () => {
    // GIVEN
    const progress = await make();
    const subscription = aSubscriptionRef();
    const older = { publishedAtMs: NOW_MS - MINUTE_MS };
    await progress.move(subscription, {
      put: [aLease({ spans: [aSpan(0, 4, older), aSpan(4, 10)] })],
      expired: 2,
    });
    await progress.move(subscription, { put: [aRetry({ spans: [aSpan(10, 15)] })], expired: 5 });
    await progress.move(subscription, { put: [aRetry({ partition: 1, spans: [aSpan(0, 3)] })] });
    // THEN
    const living = { nowMs: NOW_MS, from: new Map([[0, 6]]) };
    expect(await progress.totals(subscription, 0, living)).toEqual({
      inFlight: 4,
      retrying: 8,
      expired: 13,
      setAside: 0,
      busyKeys: 0,
      heldKeys: 0,
      oldestPublishedAtMs: NOW_MS,
      capped: false,
    });
  });

  it("count a message as expired from its own expiry on, leased or waiting, unless it is settled", async () => {
    // GIVEN
    const progress = await make();
    const subscription = aSubscriptionRef();
    const [over, soon] = [{ expiresAtMs: NOW_MS }, { expiresAtMs: NOW_MS + 1 }];
    const older = { publishedAtMs: NOW_MS - MINUTE_MS };
    const put = [
      aLease({ spans: [aSpan(0, 4, { ...over, ...older }), aSpan(4, 6, soon), aSpan(6, 7)], done: [3] }),
      aRetry({ partition: 1, spans: [aSpan(0, 5, over), aSpan(5, 15, soon)] }),
    ];
    await progress.move(subscription, { put });
    // WHEN
    const totals = await progress.totals(subscription, 0, { nowMs: NOW_MS, from: new Map() });
    // THEN
    expect(totals).toMatchObject({ inFlight: 3, retrying: 10, expired: 8, oldestPublishedAtMs: NOW_MS });
    expect(await progress.totals(subscription, 0)).toMatchObject({ inFlight: 6, retrying: 15, expired: 0 });
    expect(await progress.get(subscription, put[0]?.id ?? "")).toEqual(put[0]);
  });

  it("count nothing as expired where the move met a conflict, and no other subscription's", async () => {
    const progress = await make();
    const subscription = aSubscriptionRef();
    const lease = aLease();
    expect(await progress.move(subscription, { remove: [lease], expired: 3 })).toBe("conflict");
    await progress.move(aSubscriptionRef(), { put: [aLease()], expired: 4 });
    expect((await progress.totals(subscription, 0)).expired).toBe(0);
  });

  it("count the slots that were set aside", async () => {
    const progress = await make();
    const subscription = aSubscriptionRef();
    await progress.move(subscription, { put: [aLease()], setAside: [aSetAside(), aSetAside({ base: 5 })] });
    expect((await progress.totals(subscription, 0)).setAside).toBe(2);
  });

  it("do not count what is settled, nor its age", async () => {
    // GIVEN
    const progress = await make();
    const subscription = aSubscriptionRef();
    const older = { publishedAtMs: NOW_MS - MINUTE_MS };
    const lease = aLease({ spans: [aSpan(0, 2, older), aSpan(2, 10)] });
    await progress.move(subscription, { put: [lease, aRetry({ spans: [aSpan(30, 35)], done: [31, 34] })] });
    // WHEN
    await progress.acknowledge(subscription, lease.id, [0, 1, 9]);
    // THEN
    expect(await progress.totals(subscription, 0)).toEqual({
      inFlight: 7,
      retrying: 3,
      oldestPublishedAtMs: NOW_MS,
      expired: 0,
      setAside: 0,
      busyKeys: 0,
      heldKeys: 0,
      capped: false,
    });
  });
}
