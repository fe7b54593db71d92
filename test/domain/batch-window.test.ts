import { NOTHING_COLLECTED, windowEndMs, withMessage } from "../../lib/domain/batch-window.js";

const NOW_MS = 1_000_000;

const collected = (...messages: readonly { publishedAtMs: number; expiresAtMs?: number }[]) =>
  messages.reduce(withMessage, NOTHING_COLLECTED);

describe("the end of a batch window", () => {
  it("counts from the oldest message, in whichever order they lie", () => {
    const times = collected(
      { publishedAtMs: NOW_MS - 2_000 },
      { publishedAtMs: NOW_MS - 5_000 },
      { publishedAtMs: NOW_MS },
    );
    expect(windowEndMs(times, 30, NOW_MS)).toBe(NOW_MS + 25_000);
  });

  it("has come where there is no window", () => {
    expect(windowEndMs(collected({ publishedAtMs: NOW_MS }), 0, NOW_MS)).toBeLessThanOrEqual(NOW_MS);
  });

  it("comes in time for the first message that expires", () => {
    const times = collected(
      { publishedAtMs: NOW_MS },
      { publishedAtMs: NOW_MS, expiresAtMs: NOW_MS + 60_000 },
      { publishedAtMs: NOW_MS, expiresAtMs: NOW_MS + 90_000 },
    );
    expect(windowEndMs(times, 300, NOW_MS)).toBe(NOW_MS + 50_000);
  });

  it.each([
    [1_000, NOW_MS + 31_000],
    [1_001, 0],
  ])("of a message from a clock that is %d ms ahead is at %d", (aheadMs, endMs) => {
    const times = collected({ publishedAtMs: NOW_MS + aheadMs });
    expect(windowEndMs(times, 30, NOW_MS)).toBe(endMs);
  });
});
