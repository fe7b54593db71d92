import type { ProgressStore } from "../../lib/domain/ports/progress-store.js";
import { MOVE_ITEMS_LIMIT, type Retry } from "../../lib/domain/progress/records.js";
import {
  MINUTE_MS,
  NOW_MS,
  aCursor,
  aLease,
  aRetry,
  aSetAside,
  aSpan,
  aSubscriptionRef,
} from "./builders.js";
import { BAD, BAD_BESIDE_GOOD, GOOD, aBusyOne, everything, merged } from "./progress-parts.js";
import { progressRaceContract } from "./progress-race.js";

type Make = () => Promise<ProgressStore>;

export function progressMoveContract(make: Make): void {
  describe("of one part", () => onePartContract(make));
  describe("of several parts", () => severalPartsContract(make));
  describe("in a race", () => progressRaceContract(make));
}

function onePartContract(make: Make): void {
  it("keeps a lease and a retry as they were given", async () => {
    // GIVEN
    const progress = await make();
    const subscription = aSubscriptionRef();
    const spans = [
      aSpan(4_102_444_800_000_005, 4_102_444_800_000_009, { slotBase: 4_102_444_800_000_000 }),
      aSpan(4_102_444_800_000_020, 4_102_444_800_000_021, { attempt: 0 }),
      aSpan(4_102_444_800_000_030, 4_102_444_800_000_032, { attempt: 3, firstReceivedAtMs: NOW_MS }),
    ];
    const lease = aLease({ partition: 255, epoch: 7, spans, done: [4_102_444_800_000_006] });
    const retry = aRetry({ spans });
    // WHEN
    const outcome = await progress.move(subscription, { put: [lease, retry] });
    // THEN
    expect(outcome).toBe("moved");
    expect(await progress.get(subscription, lease.id)).toEqual(lease);
    expect(await progress.get(subscription, retry.id)).toEqual(retry);
    expect(await progress.get(aSubscriptionRef(), lease.id)).toBeUndefined();
  });

  it("of nothing goes through", async () => {
    const progress = await make();
    expect(await progress.move(aSubscriptionRef(), {})).toBe("moved");
  });

  it("replaces a record with the same id, deadline and all", async () => {
    const { progress, subscription, lease } = await aBusyOne(make);
    const next: Retry = {
      ...lease,
      kind: "retry",
      spans: [aSpan(5, 6)],
      done: [],
      version: 3,
      dueMs: NOW_MS,
    };
    expect(await progress.move(subscription, { put: [next] })).toBe("moved");
    expect(await progress.get(subscription, lease.id)).toEqual(next);
  });

  it.each(Object.entries(GOOD))("goes through for %s", async (_name, part) => {
    const busy = await aBusyOne(make);
    expect(await busy.progress.move(busy.subscription, part(busy))).toBe("moved");
  });

  it.each(Object.entries(BAD))("conflicts for %s, and changes nothing", async (_name, part) => {
    // GIVEN
    const busy = await aBusyOne(make);
    const move = part(busy);
    const before = await everything(busy, move);
    // WHEN
    const outcome = await busy.progress.move(busy.subscription, move);
    // THEN
    expect(outcome).toBe("conflict");
    expect(await everything(busy, move)).toEqual(before);
  });

  it("conflicts with an acknowledgement and with an extension that came before it", async () => {
    // GIVEN a lease that was read before
    const { progress, subscription, lease, retry } = await aBusyOne(make);
    const other = aLease();
    await progress.move(subscription, { put: [other] });
    // WHEN
    await progress.acknowledge(subscription, lease.id, [0]);
    await progress.extend(subscription, other.id, other.dueMs + MINUTE_MS);
    // THEN
    expect(await progress.move(subscription, { remove: [lease, retry] })).toBe("conflict");
    expect(await progress.move(subscription, { remove: [other], put: [aRetry()] })).toBe("conflict");
    expect(await progress.get(subscription, retry.id)).toEqual(retry);
  });
}

function severalPartsContract(make: Make): void {
  it("does everything at once", async () => {
    // GIVEN
    const { progress, subscription, lease, retry } = await aBusyOne(make);
    const next = aCursor({ version: 2, head: 30, open: ["x"] });
    const taken = aLease({ spans: [aSpan(10, 30)] });
    const kept: Retry = { ...retry, done: [3], version: 2 };
    // WHEN
    const outcome = await progress.move(subscription, {
      cursor: { partition: 0, next },
      remove: [lease],
      put: [taken, kept],
      setAside: [aSetAside()],
    });
    // THEN
    expect(outcome).toBe("moved");
    expect(await progress.cursor(subscription, 0)).toEqual(next);
    expect(await progress.get(subscription, lease.id)).toBeUndefined();
    expect(await progress.get(subscription, taken.id)).toEqual(taken);
    expect(await progress.get(subscription, kept.id)).toEqual(kept);
    expect((await progress.setAside(subscription, { limit: 10 })).items).toEqual([aSetAside()]);
  });

  it.each(BAD_BESIDE_GOOD)("changes nothing for %s beside %s", async (_bad, _good, bad, good) => {
    // GIVEN
    const busy = await aBusyOne(make);
    const parts = [bad(busy), good(busy)];
    for (const move of [merged(parts), merged([...parts].reverse())]) {
      const before = await everything(busy, move);
      // WHEN
      const outcome = await busy.progress.move(busy.subscription, move);
      // THEN
      expect(outcome).toBe("conflict");
      expect(await everything(busy, move)).toEqual(before);
    }
  });

  it("holds as many items as the domain allows", async () => {
    // GIVEN
    const progress = await make();
    const subscription = aSubscriptionRef();
    const put = Array.from({ length: MOVE_ITEMS_LIMIT - 1 }, () => aRetry());
    // WHEN
    const outcome = await progress.move(subscription, { cursor: { partition: 0, next: aCursor() }, put });
    // THEN
    expect(outcome).toBe("moved");
    expect((await progress.totals(subscription, 0)).retrying).toBe(10 * put.length);
    expect(await progress.move(subscription, { remove: put })).toBe("moved");
    expect((await progress.totals(subscription, 0)).retrying).toBe(0);
  });
}
