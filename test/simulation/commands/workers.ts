import { cpus } from "node:os";
import { Worker } from "node:worker_threads";
import type { Report, Task } from "../worker.js";

/** As many workers as there are processors, at the least one. */
export const JOBS_DEFAULT = Math.max(1, cpus().length);

export const took = (sinceMs: number): string => `${((Date.now() - sinceMs) / 1_000).toFixed(0)} s`;

/**
 * Runs one bundle's worker and hands over what it reports, until it ends or `take` says that it is enough. `silent`: it
 * has reported nothing for `silentMs`, and was stopped.
 */
export async function work(
  file: string,
  task: Task,
  take: (report: Report) => boolean | void,
  options: { readonly heapMb?: number; readonly silentMs?: number } = {},
): Promise<"ended" | "silent"> {
  const limits = options.heapMb ? { resourceLimits: { maxOldGenerationSizeMb: options.heapMb } } : {};
  const worker = new Worker(file, { workerData: task, ...limits });
  const { silentMs } = options;
  let silence: NodeJS.Timeout | undefined;
  const outcome = await new Promise<"ended" | "silent">((resolve, reject) => {
    const listen = (): void => {
      clearTimeout(silence);
      if (silentMs !== undefined) silence = setTimeout(() => resolve("silent"), silentMs);
    };
    listen();
    worker.on("message", (report: Report) => {
      listen();
      if (report.kind === "end" || take(report) === true) resolve("ended");
    });
    worker.once("error", reject);
    worker.once("exit", () => resolve("ended"));
  });
  clearTimeout(silence);
  await worker.terminate();
  return outcome;
}
