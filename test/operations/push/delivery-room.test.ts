import type { PlacedMessage } from "../../../lib/operations/log/placed-message.js";
import { DeliveryRoom } from "../../../lib/operations/push/delivery-room.js";
import { messageSizeBytes } from "../../../lib/domain/message.js";
import { aHanded } from "../../adapters/lambda/a-handed.js";
import { anOwner } from "../an-owner.js";

async function aRoom(maxMessages: number, maxBytes: number, limitBytes = Infinity) {
  const { context, subscriber, clock } = await anOwner({
    settings: { batch: { maxMessages, maxBytes, windowSeconds: 30 } },
  });
  subscriber.limitBytes = () => limitBytes;
  const placed = (body: string, ageMs = 0): PlacedMessage => ({
    message: aHanded({ body, publishedAtMs: clock.nowMs() - ageMs }),
    slotBase: 0,
  });
  return { room: new DeliveryRoom(context), placed, clock };
}

describe("the room of a delivery", () => {
  it("is full with as many messages as it may have", async () => {
    const { room, placed } = await aRoom(2, 4_096);
    expect([room.takes(placed("a"), 1), room.isFull]).toEqual([true, false]);
    expect([room.takes(placed("b"), 1), room.isFull]).toEqual([true, true]);
    expect(room.takes(placed("c"), 1)).toBe(false);
  });

  it("is full once a message does not fit by its own bytes; the first always fits", async () => {
    const { room, placed } = await aRoom(10, 1_024);
    expect(room.takes(placed("x".repeat(600)), 1)).toBe(true);
    expect(room.isFull).toBe(false);
    expect([room.takes(placed("x".repeat(600)), 1), room.isFull]).toEqual([false, true]);
    const other = await aRoom(10, 1_024);
    expect([other.room.takes(placed("x".repeat(2_000)), 1), other.room.isFull]).toEqual([true, true]);
  });

  it("is full once a message does not fit as it is sent", async () => {
    const { room, placed } = await aRoom(10, 4_096, 1_000);
    expect([room.takes(placed("a"), 600), room.isFull]).toEqual([true, false]);
    expect([room.takes(placed("b"), 600), room.isFull]).toEqual([false, true]);
  });

  it("goes at the end of its oldest message's window, and at once when it is full", async () => {
    const { room, placed, clock } = await aRoom(3, 4_096);
    expect(room.goesAtMs).toBeLessThanOrEqual(clock.nowMs());
    room.takes(placed("a"), 1);
    room.takes(placed("b", 10_000), 1);
    expect(room.goesAtMs).toBe(clock.nowMs() + 20_000);
    room.takes(placed("c"), 1);
    expect(room.goesAtMs).toBeLessThanOrEqual(clock.nowMs());
  });

  it.each([
    [100, 262_144, Infinity],
    [100, 2_048, Infinity],
    [1_000, 4_194_304, 6_291_456],
    [2, 1_024, Infinity],
  ])("of %d messages and %d bytes is not full with what it says that is left", async (most, bytes, limit) => {
    const { room, placed } = await aRoom(most, bytes, limit);
    room.takes(placed("x".repeat(100)), 700);
    const { messages, bytesEach } = room.left;
    if (bytesEach <= 0) return;
    for (let at = 0; at < messages; at++) {
      const one = placed("x".repeat(bytesEach));
      // A slot holds at least its messages' bodies, and an event six bytes for one of them at the most.
      expect(messageSizeBytes(one.message)).toBeLessThanOrEqual(bytesEach + 128);
      expect(room.takes(one, 6 * bytesEach + 4_000)).toBe(true);
    }
    expect(room.isFull).toBe(false);
  });
});
