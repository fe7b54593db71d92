import type { Asleep } from "../../lib/domain/breaker.js";
import { laneNoteIn, laneNoteText } from "../../lib/domain/lane-note.js";
import {
  deliveryOf,
  firstStartMs,
  latestStartMs,
  madeUpMs,
  mostPerSecond,
  nextPumpStartsMs,
  nextStartIn,
  spacingMs,
  withNextStart,
} from "../../lib/domain/rate.js";

const NOW = 1_000_000;

it.each([
  [0.1, 1, 1, 10_000],
  [2.5, 3, 1, 400],
  [50, 50, 5, 20],
  [10_000, 10_000, 10, 0.1],
])(
  "at %d a second: at most %i in a second, %i in a delivery, one each %d ms",
  (rate, most, size, apartMs) => {
    expect([mostPerSecond(rate), deliveryOf(rate, 10), spacingMs(rate, 1)]).toEqual([most, size, apartMs]);
  },
);

it("makes up for a late timer by a tenth of a wait, from 100 ms to a second", () => {
  expect([50, 0.5, 0.1].map(madeUpMs)).toEqual([100, 200, 1_000]);
});

describe("what a pump leaves to the next one", () => {
  it("is a start that keeps every second within the limit, whatever it made up for", () => {
    const starts = { rate: 50, size: 5, nextMs: NOW + 20, lastMs: NOW };
    expect(nextPumpStartsMs(starts)).toBe(NOW + 20 + 100 + 80);
    expect(nextPumpStartsMs({ ...starts, nextMs: NOW + 5_000 })).toBe(NOW + 1_000);
    const slow = { rate: 0.1, size: 1, nextMs: NOW + 9_500, lastMs: NOW };
    expect(nextPumpStartsMs(slow)).toBe(NOW + 9_500);
    expect(nextPumpStartsMs({ ...slow, nextMs: NOW + 300 })).toBe(NOW + 1_000);
  });

  it("is taken over, but never a wait that is longer than this rate asks for", () => {
    expect(firstStartMs(50, 5, undefined, NOW)).toBe(NOW);
    expect(firstStartMs(50, 5, NOW - 1, NOW)).toBe(NOW);
    expect(firstStartMs(50, 5, NOW + 200, NOW)).toBe(NOW + 200);
    expect(firstStartMs(50, 5, Infinity, NOW)).toBe(latestStartMs(50, 5, NOW));
    expect(firstStartMs(0.1, 1, Infinity, NOW)).toBe(NOW + 11_000);
    expect(firstStartMs(0.1, 1, NOW - 500, NOW)).toBe(NOW - 500);
  });

  it("lies in the lane's note beside its stragglers, and beside until when its subscription sleeps", () => {
    const stragglers = [{ leaseId: "a", untilMs: NOW }];
    const asleep: Asleep = {
      reason: "throttled",
      error: "429",
      sinceMs: 1,
      untilMs: 2,
      pauses: 1,
      version: 1,
    };
    for (const left of [{ stragglers }, { stragglers, asleep }, { stragglers: [], asleep }]) {
      const note = withNextStart(laneNoteText(left), NOW + 5);
      expect([nextStartIn(note), laneNoteIn(note)]).toEqual([NOW + 5, left]);
    }
    expect(nextStartIn(withNextStart(undefined, NOW))).toBe(NOW);
  });

  it.each([undefined, "", "{}", "[]", "not JSON", '[{"leaseId":"a","untilMs":1}]'])(
    "is nothing in %s",
    (note) => {
      expect(nextStartIn(note)).toBeUndefined();
    },
  );
});
