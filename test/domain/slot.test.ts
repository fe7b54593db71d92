import fc from "fast-check";
import {
  type AppendWay,
  STANDS_AFTER_EXPIRY_MS,
  type SlotDraft,
  type Tail,
  appendWay,
  nextOffset,
  slotAfter,
  slotExpiryMs,
  tailOf,
} from "../../lib/domain/slot.js";

const NOW_MS = 1_790_000_000_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const RETENTION_MS = 72 * HOUR_MS;

const aTail = (fields: Partial<Tail> = {}): Tail => ({
  base: 100,
  count: 10,
  publishedAtMs: NOW_MS - MINUTE_MS,
  expiresAtMs: NOW_MS + RETENTION_MS,
  ...fields,
});
const aDraft = (count = 3): SlotDraft => ({
  count,
  nonce: "nonce",
  encoding: "msgpack",
  unpackedBytes: 1,
  checksum: "sum",
  content: { kind: "inline", bytes: new Uint8Array([1]) },
  header: { kind: "none" },
});
const withLife = (lifeMs: number): Tail => aTail({ expiresAtMs: NOW_MS + lifeMs });

describe("the way to append", () => {
  it("GIVEN a restored log WHEN its tail is of before that THEN it restarts, and goes on as ever after it", () => {
    const young = aTail();
    expect(appendWay(young, NOW_MS, young.publishedAtMs)).toBe("plain");
    expect(appendWay(young, NOW_MS, young.publishedAtMs + 1)).toBe("restart");
    const slot = slotAfter(young, aDraft(), NOW_MS, RETENTION_MS, young.publishedAtMs + 1);
    expect(slot.base).toBe(NOW_MS * 1_000);
  });

  it.each<[lifeMs: number, way: AppendWay]>([
    [RETENTION_MS, "plain"],
    [30 * MINUTE_MS + 1, "plain"],
    [30 * MINUTE_MS, "anchored"],
    [10 * MINUTE_MS, "anchored"],
    [5 * MINUTE_MS, "anchored"],
    [5 * MINUTE_MS - 1, "restart"],
    [1, "restart"],
    [0, "restart"],
    [-RETENTION_MS, "restart"],
  ])("behind a tail that lives for another %i ms is %s", (lifeMs, way) => {
    expect(appendWay(withLife(lifeMs), NOW_MS)).toBe(way);
  });

  it("into an empty partition is a restart", () => {
    expect(appendWay(undefined, NOW_MS)).toBe("restart");
  });

  it("leaves 25 minutes between plain and restart, whatever the times", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 25 * MINUTE_MS }), (expiresInMs, skewMs) => {
        const tail = withLife(expiresInMs);
        const ways = [appendWay(tail, NOW_MS), appendWay(tail, NOW_MS + skewMs)];
        expect(ways).not.toEqual(["plain", "restart"]);
      }),
    );
  });
});

describe("a slot behind a tail", () => {
  it.each([
    ["plain", RETENTION_MS],
    ["anchored", 20 * MINUTE_MS],
  ])("starts at the next offset, the %s way", (_way, lifeMs) => {
    expect(slotAfter(withLife(lifeMs), aDraft(), NOW_MS, RETENTION_MS).base).toBe(110);
  });

  it("keeps the draft as it is", () => {
    const slot = slotAfter(aTail(), aDraft(7), NOW_MS, RETENTION_MS);
    expect(slot).toEqual({
      ...aDraft(7),
      base: 110,
      publishedAtMs: NOW_MS,
      expiresAtMs: NOW_MS + RETENTION_MS,
    });
    expect(nextOffset(slot)).toBe(117);
  });

  it("starts at the clock in microseconds after a restart", () => {
    expect(slotAfter(undefined, aDraft(), NOW_MS, RETENTION_MS).base).toBe(NOW_MS * 1_000);
    expect(slotAfter(withLife(0), aDraft(), NOW_MS, RETENTION_MS).base).toBe(NOW_MS * 1_000);
  });

  it("starts behind the tail after a restart of a clock that was set back", () => {
    const tail = aTail({ base: (NOW_MS + HOUR_MS) * 1_000, count: 5, expiresAtMs: NOW_MS });
    expect(slotAfter(tail, aDraft(), NOW_MS, RETENTION_MS).base).toBe(nextOffset(tail));
  });

  it("expires no earlier than the slot before it, even where the retention was shortened", () => {
    const tail = withLife(RETENTION_MS);
    expect(slotAfter(tail, aDraft(), NOW_MS, HOUR_MS).expiresAtMs).toBe(tail.expiresAtMs);
    expect(slotExpiryMs(tail, NOW_MS, HOUR_MS)).toBe(tail.expiresAtMs);
    expect(slotExpiryMs(undefined, NOW_MS, HOUR_MS)).toBe(NOW_MS + HOUR_MS);
  });

  it("was published no earlier than the slot before it, even where the clock was set back", () => {
    const tail = aTail({ publishedAtMs: NOW_MS + MINUTE_MS });
    expect(slotAfter(tail, aDraft(), NOW_MS, RETENTION_MS).publishedAtMs).toBe(NOW_MS + MINUTE_MS);
  });

  it("holds at least one message", () => {
    expect(() => slotAfter(aTail(), aDraft(0), NOW_MS, RETENTION_MS)).toThrow("at least one message");
  });

  it("has offsets that are whole numbers below 2^53", () => {
    const tail = aTail({ base: Number.MAX_SAFE_INTEGER - 5, count: 1 });
    expect(() => slotAfter(tail, aDraft(5), NOW_MS, RETENTION_MS)).toThrow("2^53");
  });

  it("never goes back along a partition: offsets, times and expiries, whatever the clocks do", () => {
    const append = fc.record({
      stepMs: fc.integer({ min: -HOUR_MS, max: 80 * HOUR_MS }),
      retentionMs: fc.integer({ min: HOUR_MS, max: RETENTION_MS }),
      count: fc.integer({ min: 1, max: 1_000 }),
    });
    fc.assert(
      fc.property(fc.array(append, { minLength: 2, maxLength: 30 }), (appends) => {
        let tail: Tail | undefined;
        let nowMs = NOW_MS;
        for (const { stepMs, retentionMs, count } of appends) {
          nowMs += stepMs;
          const slot = slotAfter(tail, aDraft(count), nowMs, retentionMs);
          expect(slot.base).toBeGreaterThanOrEqual(tail ? nextOffset(tail) : 0);
          expect(slot.publishedAtMs).toBeGreaterThanOrEqual(tail?.publishedAtMs ?? 0);
          expect(slot.expiresAtMs).toBeGreaterThanOrEqual(tail?.expiresAtMs ?? 0);
          tail = slot;
        }
      }),
    );
  });
});

describe("what an append knows of the slot before it", () => {
  it("is its place, its time and its expiry, and nothing else", () => {
    const tail = aTail();
    expect(tailOf({ ...aDraft(), ...tail })).toEqual(tail);
  });
});

describe("a slot", () => {
  it("stands for two hours after its expiry, so that a look an hour finds it", () => {
    expect(STANDS_AFTER_EXPIRY_MS).toBe(2 * HOUR_MS);
  });
});
