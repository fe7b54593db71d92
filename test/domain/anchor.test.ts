import { isCold, versionAfter } from "../../lib/domain/anchor.js";
import { appendWay } from "../../lib/domain/slot.js";

const NOW_MS = 1_790_000_000_000;
const MINUTE_MS = 60_000;
const tailOfAge = (ageMs: number) => ({
  base: 0,
  count: 1,
  publishedAtMs: NOW_MS - ageMs,
  expiresAtMs: NOW_MS + 24 * 60 * MINUTE_MS,
});

describe("an anchor's version", () => {
  it.each([
    ["starts at the clock", 0, NOW_MS, NOW_MS],
    ["moves on with the clock", NOW_MS - 5, NOW_MS, NOW_MS],
    ["moves on at least by one, though a clock is behind", NOW_MS + 7, NOW_MS, NOW_MS + 8],
  ])("%s", (_, version, nowMs, next) => {
    expect(versionAfter(version, nowMs)).toBe(next);
  });
});

describe("a tail", () => {
  it.each([
    [10 * MINUTE_MS, false],
    [10 * MINUTE_MS + 1, true],
  ])("of %i ms is cold: %s", (ageMs, cold) => {
    expect(isCold(tailOfAge(ageMs), NOW_MS)).toBe(cold);
  });

  it("that is not there is cold", () => {
    expect(isCold(undefined, NOW_MS)).toBe(true);
  });

  it("that one process takes for cold gets no plain put from another whose clock is two minutes behind", () => {
    const tail = tailOfAge(10 * MINUTE_MS + 1);
    expect(isCold(tail, NOW_MS)).toBe(true);
    expect(appendWay(tail, NOW_MS - 2 * MINUTE_MS)).toBe("anchored");
  });
});
