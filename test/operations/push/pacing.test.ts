import { memoryClock } from "../../../lib/adapters/memory/clock.js";
import { nextStartIn } from "../../../lib/domain/rate.js";
import { UNPACED, pacedReader, pacingOf } from "../../../lib/operations/push/pacing.js";
import { aReader } from "../../adapters/lambda/a-handed.js";

const NOW = 1_000_000;

function aPacing(
  rateLimitPerSecond: number,
  from: { note?: string; deaths?: number } = {},
  maxMessages = 10,
) {
  const clock = memoryClock(NOW);
  const { topic, subscription } = aReader();
  const batch = { ...subscription.batch, maxMessages };
  const reader = { topic, subscription: { ...subscription, batch, rateLimitPerSecond } };
  return { clock, reader, pacing: pacingOf(clock, reader, { deaths: 0, ...from }) };
}

/** Starts what may start, one each time, looking again every so many milliseconds. */
async function startsOf(made: ReturnType<typeof aPacing>, forMs: number, stepMs: number, size: number) {
  const { clock, pacing } = made;
  const at: number[] = [];
  const untilMs = clock.nowMs() + forMs;
  while (clock.nowMs() < untilMs) {
    for (; pacing.mayStart; pacing.starts(size))
      at.push(...Array.from({ length: size }, () => clock.nowMs()));
    await clock.advance(stepMs);
  }
  return at;
}

const mostInASecond = (at: readonly number[]): number =>
  Math.max(...at.map((ms) => at.filter((other) => other > ms - 1_000 && other <= ms).length));

it("GIVEN no limit THEN everything may start, and nothing is noted", () => {
  const { pacing, reader } = aPacing(0);
  expect([pacing, pacedReader(reader).subscription.batch.maxMessages]).toEqual([UNPACED, 10]);
  expect([pacing.mayStart, pacing.noted("note")]).toEqual([true, "note"]);
});

it.each([
  [0.5, 1, 1],
  [1, 7, 1],
  [2.5, 7, 1],
  [50, 1, 5],
  [50, 13, 5],
  [29, 30, 2],
  [1_000, 3, 10],
])(
  "%d a second is never exceeded, and used, with a timer of %i ms and %i in a delivery",
  async (rate, stepMs, size) => {
    const made = aPacing(rate);
    expect(pacedReader(made.reader).subscription.batch.maxMessages).toBe(size);
    const forMs = rate < 10 ? 60_000 : 5_000;
    const at = await startsOf(made, forMs, stepMs, size);
    expect(mostInASecond(at)).toBeLessThanOrEqual(Math.max(1, Math.ceil(rate)));
    expect(at.length).toBeGreaterThanOrEqual((0.9 * rate * forMs) / 1_000);
  },
);

it("starts with no burst, and has none after a pause", async () => {
  const made = aPacing(50, {}, 1);
  const first = await startsOf(made, 100, 1, 1);
  expect(first).toHaveLength(5);
  await made.clock.advance(60_000);
  const later = await startsOf(made, 100, 1, 1);
  expect(later.length).toBeLessThanOrEqual(10);
});

it("GIVEN a look is under way THEN room is kept for what it may bring, until it ends", () => {
  const { pacing } = aPacing(1);
  pacing.reserve();
  expect([pacing.mayStart, pacing.nextAtMs]).toEqual([false, Infinity]);
  pacing.release();
  expect(pacing.mayStart).toBe(true);
});

it("GIVEN what a look brings starts late THEN it counts from then on", async () => {
  const { pacing, clock } = aPacing(1);
  pacing.reserve();
  await clock.advance(5_000);
  pacing.release();
  pacing.starts(1);
  expect(pacing.nextAtMs).toBe(NOW + 6_000);
});

it("GIVEN another pump takes over THEN both together never start too many in a second", async () => {
  for (const rate of [0.5, 1, 2.5, 50]) {
    for (let cutMs = 0; cutMs < 2_000; cutMs += 330) {
      const first = aPacing(rate);
      const size = pacedReader(first.reader).subscription.batch.maxMessages;
      await first.clock.advance(500);
      const before = await startsOf(first, cutMs, 7, size);
      const note = first.pacing.noted(undefined);
      const second = aPacing(rate, note === undefined ? {} : { note });
      const behindMs = first.clock.nowMs() - NOW;
      const told = { ...(note === undefined ? {} : { note }), deaths: 0 };
      await second.clock.advance(behindMs);
      const pacing = pacingOf(second.clock, second.reader, told);
      const after = await startsOf({ ...second, pacing }, 2_000, 5, size);
      expect(mostInASecond([...before, ...after])).toBeLessThanOrEqual(Math.max(1, Math.ceil(rate)));
    }
  }
});

it("GIVEN the pump before it died THEN it waits until that one's last second is over", () => {
  expect(aPacing(50, { deaths: 1 }).pacing.nextAtMs).toBe(NOW + 1_100);
});

it("GIVEN nothing started THEN what the pump before it noted still stands", () => {
  const note = aPacing(0.1, { deaths: 1 }).pacing.noted(undefined);
  expect(nextStartIn(note)).toBe(NOW + 11_000);
});

it("GIVEN the clock is set back THEN it waits for a second, not for the old time", async () => {
  const made = aPacing(10);
  await startsOf(made, 1_000, 1, 1);
  const { pacing } = made;
  jest.spyOn(made.clock, "nowMs").mockReturnValue(NOW - 3_600_000);
  expect(pacing.nextAtMs).toBeLessThanOrEqual(NOW - 3_600_000 + 1_100);
});

it("tells for how long the rate has held it back", async () => {
  const { pacing, clock } = aPacing(1);
  pacing.starts(1);
  expect(pacing.mayStart).toBe(false);
  await clock.advance(1_000);
  pacing.starts(1);
  expect(pacing.heldBackMs).toBe(1_000);
});
