import { liveSlotAt } from "../../../lib/operations/log/live-slot-at.js";
import { aLog, slotIn } from "../a-log.js";

const HOUR_MS = 3_600_000;

describe("the slot of a message", () => {
  it("GIVEN the message is stored THEN it is the one that holds it, by any of its offsets", async () => {
    const log = await aLog(["a", "b"], ["c"]);
    const [first, second] = [slotIn(log, 0), slotIn(log, 1)];
    for (const [offset, slot] of [
      [first.base, first],
      [first.base + 1, first],
      [second.base, second],
    ] as const)
      expect(await liveSlotAt(log.engine, log.partition, offset)).toEqual(slot);
  });

  it("GIVEN no such message, or one that has expired though it is stored THEN there is none", async () => {
    const log = await aLog(["a"]);
    const { base } = slotIn(log, 0);
    for (const offset of [base - 1, base + 1])
      expect(await liveSlotAt(log.engine, log.partition, offset)).toBeUndefined();
    log.clock.advance(2 * HOUR_MS);
    expect(await liveSlotAt(log.engine, log.partition, base)).toBeUndefined();
  });
});
