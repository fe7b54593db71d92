import {
  type Asleep,
  GONE_FOR_MS,
  PAUSE_UP_TO_MS,
  RETRY_AFTER_AT_MOST_MS,
  asleepUntilMs,
  isGoneForGood,
  putToSleep,
  withoutPast,
} from "../../lib/domain/breaker.js";

const NOW_MS = 1_790_000_000_000;
const VERSION = { version: 3 };
const REFUSAL = { reason: "throttled", error: "429" } as const;
const longest = { nowMs: NOW_MS, below: (below: number) => below - 1 };
const shortest = { nowMs: NOW_MS, below: () => 0 };

const pausesOf = (count: number, random: typeof longest): number[] => {
  let asleep: Asleep | undefined;
  return Array.from({ length: count }, () => {
    asleep = putToSleep(asleep, REFUSAL, VERSION, random);
    return asleep.untilMs - NOW_MS;
  });
};

describe("a subscription that is put to sleep", () => {
  it("sleeps twice as long each time, up to the longest pause", () => {
    expect(pausesOf(12, longest).slice(0, 5)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000]);
    expect(pausesOf(12, longest).at(-1)).toBe(PAUSE_UP_TO_MS);
    expect(pausesOf(12, shortest).slice(0, 3)).toEqual([500, 1_000, 2_000]);
    expect(pausesOf(2_000, longest).at(-1)).toBe(PAUSE_UP_TO_MS);
  });

  it("remembers since when, and begins anew once its settings are others", () => {
    const first = putToSleep(undefined, REFUSAL, VERSION, longest);
    const later = { ...longest, nowMs: NOW_MS + 5_000 };
    expect(putToSleep(first, REFUSAL, VERSION, later)).toMatchObject({ sinceMs: NOW_MS, pauses: 2 });
    const other = putToSleep(first, REFUSAL, { version: 4 }, later);
    expect(other).toMatchObject({ sinceMs: NOW_MS + 5_000, pauses: 1, version: 4 });
  });

  it.each([
    [0, 1_000],
    [30_000, 30_000],
    [10 * RETRY_AFTER_AT_MOST_MS, RETRY_AFTER_AT_MOST_MS],
  ])("sleeps at least as long as its target asks for, within reason: %i ms", (retryAfterMs, pauseMs) => {
    const asleep = putToSleep(undefined, { ...REFUSAL, retryAfterMs }, VERSION, longest);
    expect(asleep.untilMs - NOW_MS).toBe(pauseMs);
  });

  it("keeps the beginning of a long error", () => {
    const { error } = putToSleep(undefined, { ...REFUSAL, error: "x".repeat(9_000) }, VERSION, longest);
    expect(error).toHaveLength(300);
  });
});

describe("a target that says that it is gone", () => {
  const GONE = { reason: "gone", error: "answered 410" } as const;
  const at = (nowMs: number) => ({ ...longest, nowMs });
  const HOUR_MS = 3_600_000;

  it("is gone since it said so first, and nothing else since", () => {
    const first = putToSleep(undefined, GONE, VERSION, at(NOW_MS));
    const second = putToSleep(first, GONE, VERSION, at(NOW_MS + HOUR_MS));
    expect([first.goneSinceMs, second.goneSinceMs]).toEqual([NOW_MS, NOW_MS]);
    const busy = putToSleep(second, REFUSAL, VERSION, at(NOW_MS + 2 * HOUR_MS));
    expect(busy.goneSinceMs).toBeUndefined();
    const again = putToSleep(busy, GONE, VERSION, at(NOW_MS + 3 * HOUR_MS));
    expect(again).toMatchObject({ sinceMs: NOW_MS, goneSinceMs: NOW_MS + 3 * HOUR_MS });
  });

  it("begins anew with other settings, and with a clock that was ahead", () => {
    const first = putToSleep(undefined, GONE, VERSION, at(NOW_MS));
    expect(putToSleep(first, GONE, { version: 4 }, at(NOW_MS + HOUR_MS)).goneSinceMs).toBe(NOW_MS + HOUR_MS);
    expect(putToSleep(first, GONE, VERSION, at(NOW_MS - HOUR_MS)).goneSinceMs).toBe(NOW_MS - HOUR_MS);
  });

  it("is gone for good after a day and two minutes, for clocks that are a minute off each", () => {
    const asleep = putToSleep(undefined, GONE, VERSION, at(NOW_MS));
    const isAt = (nowMs: number): boolean => isGoneForGood(asleep, nowMs, GONE_FOR_MS);
    expect([isAt(NOW_MS + GONE_FOR_MS + 119_999), isAt(NOW_MS + GONE_FOR_MS + 120_000)]).toEqual([
      false,
      true,
    ]);
    const other = putToSleep(undefined, REFUSAL, VERSION, at(NOW_MS));
    expect(isGoneForGood(other, NOW_MS + 9 * GONE_FOR_MS, GONE_FOR_MS)).toBe(false);
    expect(isGoneForGood(withoutPast(asleep), NOW_MS + 9 * GONE_FOR_MS, GONE_FOR_MS)).toBe(false);
  });
});

describe("it sleeps", () => {
  const asleep = putToSleep(undefined, REFUSAL, VERSION, longest);

  it("until its time has come, unless its settings have changed", () => {
    expect(asleepUntilMs(asleep, VERSION, NOW_MS)).toBe(asleep.untilMs);
    expect(asleepUntilMs(asleep, VERSION, asleep.untilMs)).toBeUndefined();
    expect(asleepUntilMs(asleep, { version: 4 }, NOW_MS)).toBeUndefined();
    expect(asleepUntilMs(undefined, VERSION, NOW_MS)).toBeUndefined();
  });

  it("no longer than any pause is, though the clock that set it was wrong by hours", () => {
    expect(asleepUntilMs(asleep, VERSION, NOW_MS - 3 * RETRY_AFTER_AT_MOST_MS)).toBeUndefined();
  });
});
