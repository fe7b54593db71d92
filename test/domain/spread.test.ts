import fc from "fast-check";
import { type Spread, afterLoss, beforeAppend, initialSpread } from "../../lib/domain/spread.js";

const NOW_MS = 1_790_000_000_000;
const PARTITIONS = 16;

const first = (): number => 0;
const last = (below: number): number => below - 1;

/** Appends of `messages` at times in a row; gives where each went. */
function appends(spread: Spread, messages: number, timesMs: readonly number[]): [Spread, number[]] {
  const went: number[] = [];
  for (const nowMs of timesMs) {
    spread = beforeAppend(spread, PARTITIONS, nowMs, messages);
    went.push(spread.partition);
  }
  return [spread, went];
}
const every = (ms: number, count: number, fromMs = NOW_MS): number[] =>
  Array.from({ length: count }, (_, at) => fromMs + at * ms);

function lose(spread: Spread, times: number, nowMs = NOW_MS): Spread {
  for (let loss = 0; loss < times; loss++) spread = afterLoss(spread, PARTITIONS, nowMs, last);
  return spread;
}

describe("a writer that loses no race", () => {
  it("stays in one partition", () => {
    const [, went] = appends(initialSpread(NOW_MS), 1, every(100, 100));
    expect(new Set(went)).toEqual(new Set([0]));
  });

  it("stays where it moved to after a loss", () => {
    const [, went] = appends(lose(initialSpread(NOW_MS), 3), 1, every(100, 100));
    expect(new Set(went)).toEqual(new Set([7]));
  });

  it("halves its choices after 30 s, once for each 30 s, down to one", () => {
    // GIVEN
    let spread = lose(initialSpread(NOW_MS), 3);
    const choices: number[] = [];
    // WHEN
    for (const afterMs of [29_999, 30_000, 59_999, 60_000, 90_000, 120_000, 150_000]) {
      spread = beforeAppend(spread, PARTITIONS, NOW_MS + afterMs, 1);
      choices.push(spread.choices);
    }
    // THEN
    expect(choices).toEqual([8, 4, 4, 2, 1, 1, 1]);
  });

  it("goes back into the partitions that are left to it", () => {
    const spread = lose(initialSpread(NOW_MS), 3);
    expect(beforeAppend(spread, PARTITIONS, NOW_MS + 30_000, 1).partition).toBeLessThan(4);
  });

  it("starts to wait anew with each loss", () => {
    const spread = lose(lose(initialSpread(NOW_MS), 2), 1, NOW_MS + 20_000);
    expect(beforeAppend(spread, PARTITIONS, NOW_MS + 40_000, 1).choices).toBe(8);
  });
});

describe("a writer that loses a race", () => {
  it.each([
    [1, 2],
    [2, 4],
    [3, 8],
    [4, 16],
    [5, 16],
    [20, 16],
  ])("%i times picks from %i partitions", (losses, choices) => {
    expect(lose(initialSpread(NOW_MS), losses).choices).toBe(choices);
  });

  it("moves to any of them, by chance", () => {
    const spread = initialSpread(NOW_MS);
    expect(afterLoss(spread, PARTITIONS, NOW_MS, first).partition).toBe(0);
    expect(afterLoss(spread, PARTITIONS, NOW_MS, last).partition).toBe(1);
  });

  it("has nowhere to go in a topic of one partition", () => {
    expect(afterLoss(initialSpread(NOW_MS), 1, NOW_MS, last)).toMatchObject({ choices: 1, partition: 0 });
  });

  it("takes all partitions where their number is no power of two", () => {
    let spread = initialSpread(NOW_MS);
    for (let loss = 0; loss < 5; loss++) spread = afterLoss(spread, 6, NOW_MS, last);
    expect(spread).toMatchObject({ choices: 6, partition: 5 });
  });
});

describe("a writer whose own rate", () => {
  it("is 1,000 messages/s keeps to one partition", () => {
    const [spread, went] = appends(initialSpread(NOW_MS), 100, every(100, 50));
    expect(spread).toMatchObject({ choices: 1, fast: false });
    expect(new Set(went)).toEqual(new Set([0]));
  });

  it("is above 1,000 messages/s doubles its choices, and takes them in turn", () => {
    const [spread] = appends(initialSpread(NOW_MS), 150, every(100, 11));
    expect(spread).toMatchObject({ choices: 2, fast: true });
    const [, went] = appends(spread, 150, every(100, 24, NOW_MS + 1_100));
    const turns = went.filter((partition, at) => partition !== went[at - 1]);
    expect(turns).toEqual(turns.map((_, at) => (at + (turns[0] ?? 0)) % 2));
    expect(turns.length).toBeGreaterThanOrEqual(3);
  });

  it.each([
    [5, 50],
    [25, 10],
    [100, 8],
    [500, 8],
  ])("is high takes a turn of 250 ms and eight appends: every %i ms, %i appends", (everyMs, inATurn) => {
    const fast = { ...initialSpread(NOW_MS), choices: PARTITIONS, fast: true };
    const [, went] = appends(fast, 1_000, every(everyMs, inATurn + 1));
    expect(new Set(went.slice(0, -1)).size).toBe(1);
    expect(went.at(-1)).not.toBe(went[0]);
  });

  it.each([
    [2_000, 2],
    [3_000, 4],
    [10_000, 16],
    [1_000_000, 16],
  ])("is %i messages/s widens to %i partitions", (perSecond, choices) => {
    const [spread] = appends(initialSpread(NOW_MS), perSecond / 10, every(100, 100));
    expect(spread.choices).toBe(choices);
  });

  it("is measured over a second at least, so that a burst is no rate", () => {
    // GIVEN
    const [burst] = appends(initialSpread(NOW_MS), 600, [NOW_MS, NOW_MS + 100, NOW_MS + 999]);
    expect(burst).toMatchObject({ choices: 1, fast: false, windowMessages: 1_800, windowStartMs: NOW_MS });
    // WHEN
    const [measured] = appends(burst, 7, [NOW_MS + 1_000]);
    // THEN
    expect(measured).toMatchObject({
      choices: 2,
      fast: true,
      windowMessages: 7,
      windowStartMs: NOW_MS + 1_000,
    });
  });

  it("stays high is not halved, however long no race is lost", () => {
    // Every 70 ms, so that the rate is not measured in the same moment as the quiet.
    let [spread] = appends(initialSpread(NOW_MS), 210, every(70, 100));
    for (const nowMs of every(70, 1_000, NOW_MS + 7_000)) {
      spread = beforeAppend(spread, PARTITIONS, nowMs, 210);
      expect(spread.choices).toBe(4);
    }
  });

  it("falls goes back to one partition, and stays there", () => {
    // GIVEN
    const [fast] = appends(initialSpread(NOW_MS), 300, every(100, 100));
    // WHEN
    const [slow, went] = appends(fast, 1, every(1_000, 200, NOW_MS + 10_000));
    // THEN
    expect(slow).toMatchObject({ choices: 1, fast: false });
    expect(new Set(went.slice(-100))).toEqual(new Set([0]));
  });
});

it("a writer only ever goes where there is a partition, whatever happens to it", () => {
  const step = fc.record({
    kind: fc.constantFrom("append", "loss"),
    stepMs: fc.integer({ min: -5_000, max: 60_000 }),
    messages: fc.integer({ min: 1, max: 100_000 }),
    chance: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 256 }), fc.array(step, { maxLength: 60 }), (partitions, steps) => {
      let spread = initialSpread(NOW_MS);
      let nowMs = NOW_MS;
      for (const { kind, stepMs, messages, chance } of steps) {
        nowMs += stepMs;
        spread =
          kind === "loss"
            ? afterLoss(spread, partitions, nowMs, (below) => Math.floor(chance * below))
            : beforeAppend(spread, partitions, nowMs, messages);
        expect(spread.partition).toBeGreaterThanOrEqual(0);
        expect(spread.partition).toBeLessThan(partitions);
        expect(spread.choices).toBeGreaterThanOrEqual(1);
        expect(spread.choices).toBeLessThanOrEqual(partitions);
      }
    }),
  );
});
