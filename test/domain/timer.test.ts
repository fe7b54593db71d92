import { TIMER_KEYS, type Timer, putOff, timerKey, timerName } from "../../lib/domain/timer.js";

const NOW_MS = 1_790_000_000_000;
const aTimer = (name = "audit"): Timer => ({
  kind: "wake-up",
  dueMs: NOW_MS,
  subscription: { topic: { name: "orders", uid: "t" }, name, uid: "s" },
});

describe("a timer", () => {
  it("lies on the key that its name says, whenever it is due", () => {
    const later = { ...aTimer(), dueMs: NOW_MS + 7, failures: 2 };
    expect(timerName(later)).toBe(timerName(aTimer()));
    expect(timerKey(later)).toBe(timerKey(aTimer()));
  });

  it("lies on any of the keys, about as often on each", () => {
    const counts = Array.from({ length: TIMER_KEYS }, () => 0);
    for (let number = 0; number < 4_000; number++) {
      const key = timerKey(aTimer(`s${number}`));
      counts[key] = (counts[key] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(800);
    expect(counts.reduce((sum, one) => sum + one)).toBe(4_000);
  });

  it("is put off for longer after each failure, and no longer than five minutes", () => {
    // GIVEN
    const pauses: number[] = [];
    let timer = aTimer();
    // WHEN
    for (let failure = 1; failure <= 12; failure++) {
      timer = putOff(timer, NOW_MS);
      pauses.push((timer.dueMs - NOW_MS) / 1_000);
    }
    // THEN
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
    expect(timer).toEqual({ ...aTimer(), dueMs: NOW_MS + 300_000, failures: 12 });
  });
});
