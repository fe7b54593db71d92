import { parseReceipt } from "../../../lib/domain/receipt.js";
import { settleLeases } from "../../../lib/operations/consume/settle.js";
import type { PlacedMessage } from "../../../lib/operations/log/placed-message.js";
import { type OwnedBatch, ownedBatch, runEntries } from "../../../lib/operations/push/batch.js";
import { aHanded, aReader } from "../../adapters/lambda/a-handed.js";
import { aLease, aSpan, aSubscription } from "../../contract/builders.js";
import { anOwner, textsOf } from "../an-owner.js";

const AT_MS = 1_790_000_000_700;
const READER = aReader();

/** A message of the slot that begins at 5, published so many milliseconds later. */
function aPlaced(offset: number, more: { readonly expiresAtMs?: number } = {}): PlacedMessage {
  const { receipt: _receipt, attempt: _attempt, firstReceivedAtMs: _at, ...message } = aHanded();
  const publishedAtMs = 1_790_000_000_000 + offset;
  return {
    message: { ...message, id: `orders.t1.0.${offset}`, body: `m${offset}`, offset, publishedAtMs, ...more },
    slotBase: 5,
  };
}

function aBatch(placed: readonly PlacedMessage[], reader = READER) {
  let freed = 0;
  const batch = ownedBatch(reader, placed, { attempt: 3, atMs: AT_MS, free: () => freed++ });
  return { batch, freed: () => freed };
}

const receiptsOf = ({ handed }: OwnedBatch) =>
  handed.map(({ receipt }) => parseReceipt(READER.subscription, receipt));

describe("an owned batch", () => {
  it("hands out the messages in their order, each as it was published, with the attempt and the time", () => {
    const placed = [aPlaced(7), aPlaced(8, { expiresAtMs: AT_MS + 1 }), aPlaced(10)];
    const { batch } = aBatch(placed);
    expect(batch.kind).toBe("owned");
    expect(textsOf(batch)).toEqual(["m7", "m8", "m10"]);
    expect(batch.handed).toEqual(
      placed.map(({ message }) => ({
        ...message,
        receipt: expect.any(String),
        attempt: 3,
        firstReceivedAtMs: AT_MS,
      })),
    );
  });

  it("is a run that was handed out just then and still goes on, without a lease, of the reader given", () => {
    const placed = [aPlaced(7), aPlaced(8)];
    const { batch } = aBatch(placed);
    expect(batch.reader).toBe(READER);
    expect(batch.entries).toEqual(runEntries(placed));
    expect([batch.handedOutAtMs, batch.failed, batch.leases]).toEqual([AT_MS, undefined, []]);
  });

  it("keeps its memory until somebody frees it", () => {
    const { batch, freed } = aBatch([aPlaced(7)]);
    expect(freed()).toBe(0);
    batch.free();
    expect(freed()).toBe(1);
  });

  it("has well-formed receipts, each of its own message", () => {
    const { batch } = aBatch([aPlaced(7), aPlaced(8)]);
    expect(receiptsOf(batch)).toMatchObject([
      { offset: 7, leaseSize: 2 },
      { offset: 8, leaseSize: 2 },
    ]);
  });

  it("has receipts that another subscription does not accept", () => {
    const { batch } = aBatch([aPlaced(7)]);
    const other = aSubscription({ topic: READER.subscription.topic, name: "billing", uid: "s2" });
    expect(batch.handed.map(({ receipt }) => parseReceipt(other, receipt))).toEqual([{ kind: "foreign" }]);
  });

  it("GIVEN a lease of its messages WHEN somebody settles with its receipts THEN that changes nothing", async () => {
    // GIVEN
    const { engine, reader, due, subscription, clock } = await anOwner();
    const lease = aLease({ spans: [aSpan(7, 9)], dueMs: clock.nowMs() + 60_000 });
    await engine.progress.move(subscription, { put: [lease] });
    const { batch } = aBatch([aPlaced(7), aPlaced(8)], reader);
    // WHEN
    const [one, two] = batch.handed.map(({ receipt }) => receipt);
    const results = await settleLeases(engine, reader, [
      { receipt: String(one), outcome: "extend", ackDeadlineSeconds: 600 },
      { receipt: String(two), outcome: "ack" },
    ]);
    // THEN
    expect(results.map(({ kind }) => kind)).toEqual(["failed", "failed"]);
    expect(due()).toEqual([lease]);
  });
});

describe("the entries of a run", () => {
  it("are the messages' places and times, in their order", () => {
    expect(runEntries([aPlaced(8), aPlaced(7)])).toStrictEqual([
      { offset: 8, publishedAtMs: 1_790_000_000_008, slotBase: 5 },
      { offset: 7, publishedAtMs: 1_790_000_000_007, slotBase: 5 },
    ]);
  });

  it("GIVEN a message that expires THEN its entry says when, even at the very beginning of time", () => {
    const entries = runEntries([aPlaced(7, { expiresAtMs: AT_MS }), aPlaced(8, { expiresAtMs: 0 })]);
    expect(entries.map(({ expiresAtMs }) => expiresAtMs)).toEqual([AT_MS, 0]);
  });

  it("GIVEN no messages THEN there are none", () => {
    expect(runEntries([])).toEqual([]);
  });
});
