import { MARK_KEYS, type Mark, isYoung, markName, nextLookMs } from "../../lib/domain/mark.js";

const NOW_MS = 1_790_000_000_000;
const MINUTE_MS = 60_000;
const aMark = (agoMs: number): Mark => ({
  topic: { name: "orders", uid: "u1" },
  version: "v1",
  setAtMs: NOW_MS - agoMs,
});

describe("a mark", () => {
  it("is named by its topic's life, on one of a few keys that follow from the life alone", () => {
    const names = Array.from({ length: 200 }, (_, index) => markName({ name: "orders", uid: `u${index}` }));
    expect(new Set(names.map((name) => name.split("#")[0])).size).toBe(MARK_KEYS);
    expect(markName({ name: "orders", uid: "u7" })).toMatch(/^[0-3]#orders#u7$/);
    expect(markName({ name: "other", uid: "u7" }).split("#")[0]).toBe(names[7]?.split("#")[0]);
  });

  it.each([
    [0, true],
    [5 * MINUTE_MS - 1, true],
    [5 * MINUTE_MS, false],
    [60 * MINUTE_MS, false],
    [-(5 * MINUTE_MS - 1), true],
    [-5 * MINUTE_MS, false],
  ])("that was set %i ms ago is young: %s", (agoMs, young) => {
    expect(isYoung(aMark(agoMs), NOW_MS)).toBe(young);
  });

  it.each([
    ["a moment", 0, 0],
    ["a minute", MINUTE_MS, MINUTE_MS / 4],
    ["40 minutes", 40 * MINUTE_MS, 10 * MINUTE_MS],
    ["a day", 24 * 60 * MINUTE_MS, 10 * MINUTE_MS],
    ["no time at all, by a clock that was ahead", -MINUTE_MS, 0],
  ])("that has waited for %s is looked at after %i ms more", (_, agoMs, pauseMs) => {
    expect(nextLookMs(aMark(agoMs), NOW_MS)).toBe(NOW_MS + pauseMs);
  });
});
