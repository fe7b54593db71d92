import Table from "cli-table3";
import { LEASE_SECONDS } from "../examples/tasks/names.js";
import { type CrewReport, runTasks } from "../examples/tasks/scenario.js";
import type { Example } from "./example.js";

const WORKERS = 4;
const WORK_MS = 500;
const EVERY_MS = 1_500;

export const TASKS: Example = {
  app: "examples/tasks/app.ts",
  stack: "SluiceTasks",
  orders: 200,
  run: async ({ deployment: { apiUrl }, orders, say }) => {
    const options = {
      tasks: orders,
      workers: WORKERS,
      workMs: WORK_MS,
      leaseSeconds: LEASE_SECONDS,
      everyMs: EVERY_MS,
      say,
    };
    const report = await runTasks(apiUrl, options);
    console.log(`\n${reportTable(report)}\n`);
    const { done, together, orphaned, takenOver } = report;
    return done === orders && together === 0 && takenOver === orphaned;
  },
};

function reportTable(report: CrewReport): string {
  const table = new Table({ style: { head: [], border: [] } });
  const { tasks, done, together, repeated, came, left, killed, orphaned, takenOver } = report;
  table.push(
    ["tasks", tasks],
    ["done", done],
    ["done by two workers at once", together],
    ["workers that came, left, were killed", `${came}, ${left}, ${killed}`],
    ["tasks in the hands of a worker that was killed", orphaned],
    ["taken over by another", takenOver],
    ["after its death, at the most", `${(report.takenOverAfterMs / 1_000).toFixed(1)} s`],
    ["done once more, since nobody knew that they were", repeated],
    ["all of it took", `${(report.tookMs / 1_000).toFixed(1)} s`],
  );
  return table.toString();
}
