import { cpus } from "node:os";
import { Worker } from "node:worker_threads";
import type { Report, Task } from "../worker.js";

/** As many workers as there are processors, at the least one. */
export const JOBS_DEFAULT = Math.max(1, cpus().length);

export const took = (sinceMs: number): string => `${((Date.now() - sinceMs) / 1_000).toFixed(0)} s`;

/** Runs one bundle's worker and hands over what it reports, until it ends or `take` says that it is enough. */
export async function work(
  file: string,
  task: Task,
  take: (report: Report) => boolean | void,
  options: { readonly heapMb?: number } = {},
): Promise<void> {
  const limits = options.heapMb ? { resourceLimits: { maxOldGenerationSizeMb: options.heapMb } } : {};
  const worker = new Worker(file, { workerData: task, ...limits });
  await new Promise<void>((resolve, reject) => {
    worker.on("message", (report: Report) => {
      if (report.kind === "end" || take(report) === true) resolve();
    });
    worker.once("error", reject);
    worker.once("exit", () => resolve());
  });
  await worker.terminate();
}
