import { parseReceipt } from "../../../lib/domain/receipt.js";
import { type EntryWithPast, handOut, takeables, takingOf } from "../../../lib/operations/consume/lease.js";
import { aHanded } from "../../adapters/lambda/a-handed.js";
import { NOW_MS, aLease, aSpan, aSubscription } from "../../contract/builders.js";
import { aDeployment } from "../a-deployment.js";

const SLOT_BASE = 10;
const entryAt = (offset: number, more: Partial<EntryWithPast> = {}): EntryWithPast => {
  const { receipt: _receipt, attempt: _attempt, firstReceivedAtMs: _first, ...message } = aHanded({ offset });
  return { message, slotBase: SLOT_BASE, ...more };
};

describe("GIVEN messages that were read", () => {
  it("WHEN a transition decides on them THEN it gets places and times, and no bodies", () => {
    expect(takeables([entryAt(12)])).toEqual([
      { offset: 12, publishedAtMs: entryAt(12).message.publishedAtMs, slotBase: SLOT_BASE },
    ]);
  });

  it("WHEN they have an expiry of their own or a past THEN it gets these too", () => {
    const { message } = entryAt(12);
    const span = aSpan(12, 13, { attempt: 3 });
    const [takeable] = takeables([{ message: { ...message, expiresAtMs: NOW_MS }, slotBase: 10, span }]);
    expect(takeable).toMatchObject({ expiresAtMs: NOW_MS, past: span });
  });
});

it("GIVEN a process THEN a transition gets its time, and another name for each record", () => {
  const engine = aDeployment().process();
  const { nowMs, leaseMs, nonce } = takingOf(engine, { leaseMs: 30_000 });
  expect([nowMs, leaseMs]).toEqual([engine.clock.nowMs(), 30_000]);
  expect(nonce()).not.toBe(nonce());
});

describe("GIVEN a lease WHEN its messages are handed out", () => {
  const subscription = aSubscription();

  it("THEN each has its own attempt, and what it failed by", () => {
    const lease = aLease({
      spans: [
        aSpan(10, 12, { attempt: 1, firstReceivedAtMs: NOW_MS - 5 }),
        aSpan(12, 13, { attempt: 4, firstReceivedAtMs: NOW_MS - 90, lastError: "timed out" }),
      ],
    });
    const handed = handOut(subscription, lease, [entryAt(11), entryAt(12)]);
    expect(handed).toMatchObject([
      { ...entryAt(11).message, attempt: 1, firstReceivedAtMs: NOW_MS - 5 },
      { ...entryAt(12).message, attempt: 4, firstReceivedAtMs: NOW_MS - 90, lastError: "timed out" },
    ]);
    expect(handed[0]).not.toHaveProperty("lastError");
  });

  it("THEN each receipt names the lease, the message, and how many there are to settle", () => {
    const lease = aLease({ spans: [aSpan(10, 13), aSpan(20, 21)] });
    const handed = handOut(subscription, lease, [entryAt(12), entryAt(20)]);
    expect(handed.map(({ receipt }) => parseReceipt(subscription, receipt))).toEqual([
      { leaseId: lease.id, offset: 12, leaseSize: 4 },
      { leaseId: lease.id, offset: 20, leaseSize: 4 },
    ]);
    expect(parseReceipt(aSubscription(), handed[0]?.receipt ?? "")).toEqual({ kind: "foreign" });
  });

  it("THEN what was read beside it stays back", () => {
    const lease = aLease({ spans: [aSpan(10, 12)] });
    const handed = handOut(subscription, lease, [entryAt(11), entryAt(12), entryAt(13)]);
    expect(handed.map(({ offset }) => offset)).toEqual([11]);
  });
});
