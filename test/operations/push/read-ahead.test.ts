import { memoryBytesOf } from "../../../lib/operations/memory-budget.js";
import type { PlacedMessage } from "../../../lib/operations/log/placed-message.js";
import { ReadAhead } from "../../../lib/operations/push/read-ahead.js";
import { aHanded } from "../../adapters/lambda/a-handed.js";
import { anOwner, textsOf } from "../an-owner.js";

const placed = (body: string, offset = 0): PlacedMessage => ({
  message: aHanded({ body, offset }),
  slotBase: 0,
});

/** A subscriber to whom each message is six times as large as it is stored. */
async function reading(settings: Parameters<typeof anOwner>[0] = {}) {
  const owner = await anOwner(settings);
  const { subscriber, context } = owner;
  const sizeBytes = subscriber.sizeBytes.bind(subscriber);
  subscriber.sizeBytes = (reader, message) => 6 * sizeBytes(reader, message);
  const bytesOf = ({ message }: PlacedMessage): number =>
    memoryBytesOf(message, subscriber.sizeBytes(owner.reader, message));
  return { ...owner, ahead: new ReadAhead(context), held: () => context.engine.budget.heldBytes, bytesOf };
}

describe("messages read ahead", () => {
  it("hold the memory that they take until their delivery is over, their event's included", async () => {
    const { ahead, held, bytesOf } = await reading();
    const all = [placed("a", 0), placed("b".repeat(500), 1), placed("c", 2)];
    expect(ahead.fill(all)).toBe(3);
    expect(held()).toBe(all.reduce((sum, one) => sum + bytesOf(one), 0));
    const batch = ahead.next(1);
    expect([textsOf(batch)?.length, ahead.count, ahead.rest()]).toEqual([2, 1, all.slice(2)]);
    batch.free();
    expect(held()).toBe(bytesOf(all[2] as PlacedMessage));
    ahead.drop();
    expect([held(), ahead.isEmpty]).toEqual([0, true]);
  });

  it("are as many as fit into the room that there is, and one in any case", async () => {
    const { ahead, held, bytesOf } = await reading();
    const all = [0, 1, 2, 3].map((offset) => placed("x".repeat(100), offset));
    const each = bytesOf(all[0] as PlacedMessage);
    expect(ahead.fill(all, 2.5 * each)).toBe(2);
    expect([ahead.count, held()]).toEqual([2, 2 * each]);
    ahead.drop();
    expect(ahead.fill(all, 1)).toBe(1);
  });

  it("GIVEN a batch window THEN they wait until a delivery is full, and what is read on joins them", async () => {
    const { ahead, clock, held } = await reading({
      settings: { batch: { maxMessages: 3, maxBytes: 4_096, windowSeconds: 60 } },
    });
    const fresh = (offset: number): PlacedMessage => {
      const { message, slotBase } = placed(`m${offset}`, offset);
      return { message: { ...message, publishedAtMs: clock.nowMs() }, slotBase };
    };
    ahead.fill([fresh(0)]);
    expect(ahead.goesAtMs).toBe(clock.nowMs() + 60_000);
    expect(ahead.left.messages).toBe(1);
    ahead.fill([fresh(1)]);
    expect([ahead.count, ahead.left.messages]).toEqual([2, 0]);
    ahead.fill([fresh(2), fresh(3)]);
    expect(ahead.goesAtMs).toBeLessThanOrEqual(clock.nowMs());
    expect(textsOf(ahead.next(1))).toEqual(["m0", "m1", "m2"]);
    expect([ahead.count, ahead.goesAtMs]).toEqual([1, clock.nowMs() + 60_000]);
    ahead.drop();
    expect(held()).toBeGreaterThan(0);
  });

  it("make deliveries by the settings of the subscription", async () => {
    const { ahead } = await reading({
      settings: { batch: { maxMessages: 3, maxBytes: 4_096, windowSeconds: 0 } },
    });
    ahead.fill([0, 1, 2, 3].map((offset) => placed(`m${offset}`, offset)));
    expect([textsOf(ahead.next(4)), ahead.next(1).entries.map(({ offset }) => offset)]).toEqual([
      ["m0", "m1", "m2"],
      [3],
    ]);
  });
});
