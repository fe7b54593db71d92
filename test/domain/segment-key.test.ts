import fc from "fast-check";
import {
  SEGMENT_CLASSES_DAYS,
  segmentClassDays,
  segmentKey,
  segmentPrefix,
} from "../../lib/domain/segment-key.js";

const NOW_MS = 1_790_000_000_000;
const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;
const LONGEST_RETENTION_MS = 365 * DAY_MS;
/** Of a message that is delayed for a year, as its topic keeps it. */
const LONGEST_MS = 2 * LONGEST_RETENTION_MS;

describe("the class of a segment", () => {
  it.each([
    [HOUR_MS, 1],
    [23 * HOUR_MS, 1],
    [23 * HOUR_MS + 1, 2],
    [DAY_MS, 2],
    [3 * DAY_MS, 4],
    [13 * DAY_MS, 14],
    [14 * DAY_MS, 21],
    [30 * DAY_MS, 45],
    [180 * DAY_MS, 270],
    [LONGEST_RETENTION_MS, 366],
    [LONGEST_MS, 740],
  ])("of a slot that expires in %i ms is %i days", (lifeMs, days) => {
    expect(segmentClassDays(NOW_MS + lifeMs, NOW_MS)).toBe(days);
  });

  it("outlives the slot by an hour at least, for every retention that there is", () => {
    fc.assert(
      fc.property(fc.integer({ min: HOUR_MS, max: LONGEST_MS }), (lifeMs) => {
        const days = segmentClassDays(NOW_MS + lifeMs, NOW_MS);
        expect(SEGMENT_CLASSES_DAYS).toContain(days);
        expect(days * DAY_MS).toBeGreaterThanOrEqual(lifeMs + HOUR_MS);
      }),
    );
  });

  it("is one of those that the design names, and has a rule of its own", () => {
    expect(SEGMENT_CLASSES_DAYS).toEqual([
      ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14],
      ...[21, 30, 45, 60, 90, 120, 180, 270, 366, 460, 550, 740],
    ]);
    const prefixes = SEGMENT_CLASSES_DAYS.map(segmentPrefix);
    for (const prefix of prefixes)
      expect(prefixes.filter((other) => other.startsWith(prefix))).toEqual([prefix]);
  });
});

it("the key of a segment lies under its class, and names topic, life and slot", () => {
  const topic = { name: "orders", uid: "u-1" };
  expect(segmentKey(7, topic, "nonce")).toBe("segments/7d/orders/u-1/nonce");
  expect(segmentKey(7, topic, "nonce").startsWith(segmentPrefix(7))).toBe(true);
});
