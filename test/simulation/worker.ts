import { createHash } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { type CrashResult, crashPoints } from "./crash-points.js";
import { type DayReport, type DayTask, simulateDay } from "./day.js";
import type { Plan, Shrink } from "./plan.js";
import { smallest } from "./shrink.js";
import { simulate } from "./simulate.js";
import type { Line } from "./world.js";
import type { Explored } from "./worlds/explore.js";
import { exploreWorld } from "./worlds/small-worlds.js";

/** What one worker does. */
export type Task =
  | {
      readonly kind: "seeds";
      readonly from: number;
      readonly to: number;
      readonly stride: number;
    }
  | { readonly kind: "one"; readonly seed: number; readonly given: Shrink; readonly shrinks: boolean }
  | { readonly kind: "digests"; readonly seeds: number }
  | { readonly kind: "crash-points"; readonly share: number; readonly of: number }
  | { readonly kind: "world"; readonly name: string }
  | DayTask;

export interface SeedResult {
  readonly seed: number;
  readonly violation: string | undefined;
  readonly events: number;
  readonly counts: readonly (readonly [string, number])[];
}

/** A run as it is shown to whoever looks for what went wrong. */
export interface Shown {
  readonly shrink: Shrink;
  readonly plan: Plan;
  readonly timeline: readonly Line[];
  readonly violations: readonly string[];
}

export type Report =
  | { readonly kind: "seed"; readonly result: SeedResult }
  | { readonly kind: "one"; readonly shown: Shown }
  | { readonly kind: "digest"; readonly digest: string }
  | { readonly kind: "crash"; readonly result: CrashResult }
  | { readonly kind: "day"; readonly report: DayReport }
  | { readonly kind: "world"; readonly explored: Explored }
  | { readonly kind: "end" };

const tell = (report: Report): void => parentPort?.postMessage(report);

async function carryOut(task: Task): Promise<void> {
  if (task.kind === "seeds") await seeds(task);
  if (task.kind === "one") await one(task);
  if (task.kind === "digests") await digests(task.seeds);
  if (task.kind === "crash-points") await crashPoints(task, (result) => tell({ kind: "crash", result }));
  if (task.kind === "world") tell({ kind: "world", explored: await exploreWorld(task.name) });
  if (task.kind === "day") await simulateDay(task, (report) => tell({ kind: "day", report }));
}

async function seeds({ from, to, stride }: Extract<Task, { kind: "seeds" }>): Promise<void> {
  for (let seed = from; seed < to; seed += stride) {
    const { violations, events, counts } = await simulate(seed);
    tell({ kind: "seed", result: { seed, violation: violations[0], events, counts: [...counts] } });
  }
}

async function one({ seed, given, shrinks }: Extract<Task, { kind: "one" }>): Promise<void> {
  const shrink = shrinks ? await smallest(seed, given) : given;
  const { plan, timeline, violations } = await simulate(seed, { shrink, keepTimeline: true });
  tell({ kind: "one", shown: { shrink, plan, timeline, violations } });
}

/** What happened in each of the first seeds, in 64 characters. */
async function digests(count: number): Promise<void> {
  for (let seed = 0; seed < count; seed++) {
    const { timeline, events } = await simulate(seed, { keepTimeline: true });
    const text = JSON.stringify([events, timeline]);
    tell({ kind: "digest", digest: createHash("sha256").update(text).digest("hex") });
  }
}

await carryOut(workerData as Task);
tell({ kind: "end" });
