import type { LogStore } from "../../lib/domain/ports/log-store.js";
import type { ProgressStore } from "../../lib/domain/ports/progress-store.js";
import type { Due, Move } from "../../lib/domain/progress/records.js";
import type { Span } from "../../lib/domain/progress/spans.js";
import {
  NOW_MS,
  aCursor,
  aLease,
  aPartition,
  aRetry,
  aSetAside,
  aSlot,
  aSpan,
  aSubscriptionRef,
  tailOf,
  withText,
} from "./builders.js";
import { aBusyOne, everything, merged } from "./progress-parts.js";

const KB = 1_024;

const inline = (sizeBytes: number) => ({
  content: { kind: "inline", bytes: new Uint8Array(sizeBytes).fill(7) } as const,
});

/** An item has 400 KB at the most, as DynamoDB has it: slots. */
export function slotLimitContract(make: () => Promise<LogStore>): void {
  it("lets a slot of 399 KB in, and it reads as it was", async () => {
    const log = await make();
    const [partition, slot] = [aPartition(), aSlot(inline(399 * KB))];
    expect(await log.append(partition, slot)).toEqual({ kind: "stored" });
    const { slots } = await log.read(partition, 0, 1, { consistent: true });
    expect(slots.map(withText)).toEqual([withText(slot)]);
  });

  it.each([
    { way: "plain", anchorVersion: undefined },
    { way: "anchored", anchorVersion: 0 },
  ])("keeps a larger one out: no later try of a $way append makes it fit", async ({ anchorVersion }) => {
    const log = await make();
    const partition = aPartition();
    const appended = log.append(partition, aSlot(inline(401 * KB)), { anchorVersion });
    await expect(appended).rejects.toMatchObject({ code: "message-too-large" });
    expect(await log.tail(partition)).toBeUndefined();
    expect(await log.anchorVersion(partition)).toBe(0);
  });

  it("keeps it out though its place is taken: the size is looked at first", async () => {
    const log = await make();
    const [partition, winner] = [aPartition(), aSlot()];
    await log.append(partition, winner);
    const appended = log.append(partition, aSlot(inline(401 * KB)));
    await expect(appended).rejects.toMatchObject({ code: "message-too-large" });
    expect(await log.tail(partition)).toEqual(tailOf(winner));
  });

  it("counts nothing of what lies in a segment", async () => {
    const log = await make();
    const content = { kind: "segment", key: "segments/3d/orders/u-1/n_1", sizeBytes: 5_000 * KB } as const;
    expect(await log.append(aPartition(), aSlot({ content }))).toEqual({ kind: "stored" });
  });
}

/** Each of some 45 bytes. */
const spans = (count: number): Span[] =>
  Array.from({ length: count }, (_, at) => {
    const from = NOW_MS * 1_000 + at * 2;
    return aSpan(from, from + 1, { firstReceivedAtMs: NOW_MS });
  });
const SPANS_OF_ALMOST_400_KB = 7_000;
const SPANS_OF_MORE = 8_000;
const ids = (count: number): string[] => Array.from({ length: count }, () => aLease().id);

const LARGE: Record<string, () => Move> = {
  "a lease": () => ({ put: [aLease({ spans: spans(SPANS_OF_MORE) })] }),
  "a retry": () => ({ put: [aRetry({ spans: spans(SPANS_OF_MORE) })] }),
  "a lease with what is settled of it": () => {
    const lease = aLease({ spans: spans(SPANS_OF_ALMOST_400_KB) });
    return { put: [{ ...lease, done: lease.spans.map(({ from }) => from) }] };
  },
  "a cursor": () => ({ cursor: { partition: 0, next: aCursor({ version: 2, open: ids(12_000) }) } }),
  "a slot set aside": () => ({ setAside: [aSetAside({ reason: "x".repeat(400 * KB) })] }),
};

/** The same for the records of a subscription's progress. */
export function recordLimitContract(make: () => Promise<ProgressStore>): void {
  it("has room for a lease of a thousand messages that came a thousand ways, all of them settled", async () => {
    const progress = await make();
    const [lease, subscription] = [aLease({ spans: spans(1_000) }), aSubscriptionRef()];
    expect(await progress.move(subscription, { put: [lease] })).toBe("moved");
    const done = lease.spans.map(({ from }) => from);
    expect(await progress.acknowledge(subscription, lease.id, done)).toMatchObject({ version: 2 });
    const stored = await progress.get(subscription, lease.id);
    expect({ ...stored, done: new Set(stored?.done) }).toEqual({ ...lease, done: new Set(done), version: 2 });
  });

  it("has room for a record of almost 400 KB", async () => {
    const progress = await make();
    const [retry, subscription] = [aRetry({ spans: spans(SPANS_OF_ALMOST_400_KB) }), aSubscriptionRef()];
    expect(await progress.move(subscription, { put: [retry] })).toBe("moved");
    expect(await progress.get(subscription, retry.id)).toEqual(retry);
  });

  it.each(Object.entries(LARGE))(
    "keeps a larger one out, alone or beside others: %s",
    async (_what, part) => {
      // GIVEN
      const busy = await aBusyOne(make);
      const alone = part();
      const beside = merged([part(), { remove: [busy.lease], put: [aRetry()] }]);
      for (const move of [alone, beside]) {
        const before = await everything(busy, move);
        // WHEN
        const moved = busy.progress.move(busy.subscription, move);
        // THEN
        await expect(moved).rejects.toMatchObject({ code: "record-too-large" });
        expect(await everything(busy, move)).toEqual(before);
      }
    },
  );

  it("keeps a lease from growing beyond it, which stays as it was", async () => {
    // GIVEN
    const progress = await make();
    const [lease, subscription] = [aLease({ spans: spans(SPANS_OF_ALMOST_400_KB) }), aSubscriptionRef()];
    await progress.move(subscription, { put: [lease] });
    // WHEN
    const done = lease.spans.map(({ from }) => from);
    const acknowledged = progress.acknowledge(subscription, lease.id, done);
    // THEN
    await expect(acknowledged).rejects.toMatchObject({ code: "record-too-large" });
    expect(await progress.get(subscription, lease.id)).toEqual(lease);
  });

  it("keeps out what has more than 4 MB together, all of it", async () => {
    const progress = await make();
    const subscription = aSubscriptionRef();
    const many = (count: number): Due[] =>
      Array.from({ length: count }, () => aRetry({ spans: spans(SPANS_OF_ALMOST_400_KB) }));
    await expect(progress.move(subscription, { put: many(12) })).rejects.toMatchObject({
      code: "record-too-large",
    });
    expect(await progress.nextDueMs(subscription)).toBeUndefined();
    expect(await progress.move(subscription, { put: many(9) })).toBe("moved");
  });

  it("keeps out a move of more items than a transaction has, as a rule that is broken", async () => {
    const progress = await make();
    const subscription = aSubscriptionRef();
    const put = Array.from({ length: 101 }, () => aRetry());
    await expect(progress.move(subscription, { put })).rejects.toMatchObject({ name: "InvariantError" });
    expect(await progress.nextDueMs(subscription)).toBeUndefined();
    expect(await progress.move(subscription, { put: put.slice(1) })).toBe("moved");
  });
}
