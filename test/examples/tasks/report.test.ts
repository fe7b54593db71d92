import { type Run, reportOf } from "../../../examples/tasks/report.js";

const run = (taskId: string, worker: number, begunMs: number, endedMs?: number, end?: Run["end"]): Run => ({
  ...{ taskId, worker, begunMs, endedMs, end },
});

it("GIVEN a worker that was killed WHEN another one takes its task over THEN the report says after how long", () => {
  const report = reportOf(
    ["a", "b", "c"],
    [run("a", 1, 0, 100, "killed"), run("a", 2, 3_100, 3_200, "done"), run("b", 2, 0, 50, "done")],
  );
  expect(report).toEqual({
    ...{ tasks: 3, done: 2, repeated: 0, together: 0 },
    ...{ orphaned: 1, takenOver: 1, takenOverAfterMs: 3_000 },
  });
});

it.each([
  ["one after the other", [run("a", 1, 0, 10, "done"), run("a", 2, 10, 20, "done")], 0],
  ["at the same time", [run("a", 1, 0, 10, "done"), run("a", 2, 9, 20, "done")], 1],
  ["beside one that has not ended", [run("a", 1, 0), run("a", 2, 9, 20, "done")], 1],
])("GIVEN two workers on one task, %s WHEN they are counted THEN together are %3$i", (_, runs, together) => {
  expect(reportOf(["a"], runs).together).toBe(together);
});
