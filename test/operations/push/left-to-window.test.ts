import { ROOMS_AT_MOST } from "../../../lib/domain/collecting.js";
import { leftToWindow } from "../../../lib/operations/push/left-to-window.js";

const collected = (goesAtMs: number, readTo: number) => ({
  goesAtMs,
  readTo,
  left: { messages: 4, bytesEach: 100 },
});

it("is nothing where nothing waits", () => {
  expect(leftToWindow([])).toBeUndefined();
  expect(leftToWindow([[0, undefined]])).toBeUndefined();
});

it("lasts until the first window ends, and says how much may come until then", () => {
  const left = leftToWindow([
    [0, collected(900, 10)],
    [1, undefined],
    [2, collected(700, 20)],
  ]);
  expect(left?.untilMs).toBe(700);
  expect([...(left?.readTo ?? [])]).toEqual([
    [0, 10],
    [2, 20],
  ]);
  expect(left?.rooms).toEqual([
    { partition: 0, below: 14, bytesEach: 100 },
    { partition: 2, below: 24, bytesEach: 100 },
  ]);
});

it("names no more partitions than a small item holds", () => {
  const all = Array.from({ length: 100 }, (_, partition) => [partition, collected(1, 1)] as const);
  const left = leftToWindow(all);
  expect([left?.rooms.length, left?.readTo.size]).toEqual([ROOMS_AT_MOST, 100]);
});
