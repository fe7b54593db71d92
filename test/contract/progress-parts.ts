import type { ProgressStore } from "../../lib/domain/ports/progress-store.js";
import type { Lease, Move, Retry } from "../../lib/domain/progress/records.js";
import type { SubscriptionRef } from "../../lib/domain/subscription.js";
import { MINUTE_MS, NOW_MS, aCursor, aLease, aRetry, aSetAside, aSubscriptionRef } from "./builders.js";

/** A subscription in the middle of its work: cursors, a lease and a retry that were there for a while. */
export interface Busy {
  readonly progress: ProgressStore;
  readonly subscription: SubscriptionRef;
  readonly lease: Lease;
  readonly retry: Retry;
}

export async function aBusyOne(make: () => Promise<ProgressStore>): Promise<Busy> {
  const progress = await make();
  const subscription = aSubscriptionRef();
  const [first, retry] = [aLease(), aRetry()];
  await progress.move(subscription, { cursor: { partition: 0, next: aCursor() }, put: [first, retry] });
  const lease = { ...first, version: 2, dueMs: NOW_MS + MINUTE_MS };
  await progress.move(subscription, { put: [lease] });
  return { progress, subscription, lease, retry };
}

export const merged = (moves: readonly Move[]): Move => {
  const cursor = moves.map((move) => move.cursor).find((one) => one !== undefined);
  return {
    ...(cursor ? { cursor } : {}),
    remove: moves.flatMap(({ remove = [] }) => remove),
    put: moves.flatMap(({ put = [] }) => put),
    setAside: moves.flatMap(({ setAside = [] }) => setAside),
  };
};

/** Parts of a move that go through on a {@link Busy} one. */
export const GOOD: Record<string, (busy: Busy) => Move> = {
  "a cursor that follows": () => ({ cursor: { partition: 0, next: aCursor({ version: 2, head: 20 }) } }),
  "a first cursor": () => ({ cursor: { partition: 1, next: aCursor() } }),
  "a removal": ({ lease }) => ({ remove: [lease] }),
  "a new lease": () => ({ put: [aLease()] }),
  "a replacement": ({ retry }) => ({ put: [{ ...retry, done: [1], version: 2 }] }),
  "a slot set aside": () => ({ setAside: [aSetAside()] }),
};

/** Parts that somebody else was faster than. */
export const BAD: Record<string, (busy: Busy) => Move> = {
  "a cursor that was moved since": () => ({ cursor: { partition: 0, next: aCursor({ head: 99 }) } }),
  "a cursor ahead of the stored one": () => ({
    cursor: { partition: 0, next: aCursor({ version: 3, head: 99 }) },
  }),
  "a cursor that was never stored": () => ({ cursor: { partition: 9, next: aCursor({ version: 2 }) } }),
  "a removal of an older version": ({ lease }) => ({ remove: [{ ...lease, version: 1 }] }),
  "a removal of what is gone": () => ({ remove: [aRetry()] }),
  "a new one under an id that is taken": ({ retry }) => ({ put: [{ ...retry, done: [5], version: 1 }] }),
  "a replacement of an older version": ({ lease }) => ({ put: [{ ...lease, done: [5], version: 2 }] }),
  "a replacement of what is gone": () => ({ put: [aLease({ version: 2 })] }),
};

/** Everything that there is to see, and of `move` whatever it would have left behind. */
export async function everything({ progress, subscription, lease, retry }: Busy, move: Move) {
  const ids = [lease, retry, ...(move.put ?? [])].map(({ id }) => id);
  return {
    cursors: [...(await progress.cursors(subscription, { consistent: true }))].sort(([a], [b]) => a - b),
    dues: await Promise.all(ids.map((id) => progress.get(subscription, id))),
    aside: (await progress.setAside(subscription, { limit: 10 })).items,
  };
}

const touches = ({ cursor, remove = [], put = [] }: Move): string[] => [
  ...(cursor ? [`cursor ${cursor.partition}`] : []),
  ...[...remove, ...put].map(({ id }) => id),
];

/** Whether the two parts say something of the same item: together they are no move at all. */
function meet(one: (busy: Busy) => Move, other: (busy: Busy) => Move): boolean {
  const busy = { lease: aLease({ version: 2 }), retry: aRetry() } as Busy;
  const [first, second] = [one(busy), other(busy)];
  if (first.cursor && second.cursor) return true;
  return touches(first).some((item) => touches(second).includes(item));
}

/** Each part that does not go through beside each that does, by their names. */
export const BAD_BESIDE_GOOD = Object.entries(BAD).flatMap(([badName, bad]) =>
  Object.entries(GOOD)
    .filter(([, good]) => !meet(bad, good))
    .map(([goodName, good]) => [badName, goodName, bad, good] as const),
);
