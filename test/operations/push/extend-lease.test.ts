import { chainNonce, keyHash } from "../../../lib/domain/progress/chains.js";
import { type Lease, dueId } from "../../../lib/domain/progress/records.js";
import { extendLease } from "../../../lib/operations/push/extend-lease.js";
import { anOwner } from "../an-owner.js";

const MINUTE_MS = 60_000;

it.each([
  ["with others of its key parked in it", { isMarked: true }, { isReturned: true, parkedUntilMs: 1 }, true],
  ["of one delivery", {}, {}, true],
  ["whose messages were settled apart", { isMarked: true }, {}, false],
] as const)("a lease %s is extended if nothing was said of it", async (_, marked, parked, isExtended) => {
  const { engine, subscription, clock, due } = await anOwner();
  const dueMs = clock.nowMs() + MINUTE_MS;
  const span = { slotBase: 1, attempt: 1, publishedAtMs: clock.nowMs() };
  const lease: Lease = {
    kind: "lease",
    id: dueId(dueMs, chainNonce(keyHash("a"), "n1")),
    ...{ partition: 0, epoch: 0, done: [], version: 1, dueMs, ...marked },
    spans: [
      { ...span, from: 1, to: 2 },
      { ...span, from: 4, to: 5, ...parked },
    ],
  };
  await engine.progress.move(subscription, { put: [lease] });
  await extendLease(engine, subscription, lease.id, dueMs + MINUTE_MS);
  expect(due().map((record) => record.dueMs - dueMs)).toEqual([isExtended ? MINUTE_MS : 0]);
});
