import { mostInASecond, reportOf } from "../../../examples/flash-sale/report.js";

const STARTED_MS = 1_000_000;
const outcome = (orderId: string, afterMs: number) => ({
  orderId,
  publishedAt: STARTED_MS,
  takenAt: STARTED_MS + afterMs,
});
const answered = (orderId: string, tookMs: number) => ({ orderId, atMs: STARTED_MS + tookMs, tookMs });

describe("the most in any second", () => {
  it.each([
    [[], 0],
    [[0, 999], 2],
    [[0, 1_000], 1],
    [[900, 950, 1_000, 1_899, 1_900], 4],
  ])("of %j is %i, wherever the second begins", (times, most) => {
    expect(mostInASecond(times)).toBe(most);
  });
});

it("GIVEN an order that nobody took WHEN a sale is over THEN it is lost, and the others are not", () => {
  const report = reportOf(
    [answered("a", 5), answered("b", 15), answered("c", 10)],
    [outcome("a", 100), outcome("b", 2_100)],
    { refused: 4, told: 2, startedMs: STARTED_MS },
  );
  expect(report).toEqual({
    orders: 3,
    answeredInMs: 15,
    answerP50Ms: 10,
    answerP99Ms: 15,
    taken: 2,
    lost: 1,
    takenPerSecond: 0.5,
    takenInMs: 2_100,
    mostInASecond: 1,
    refused: 4,
    told: 2,
  });
});
