import { createHash } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { type CrashResult, type CrashTask, crashPoints } from "./crash-points.js";
import { type DayReport, type DayTask, simulateDay } from "./day.js";
import type { Plan, Shrink } from "./plan.js";
import { smallest } from "./shrink.js";
import { simulate } from "./simulate.js";
import { smallPlan } from "./small-plans.js";
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
      /** A small plan to run with these seeds, in place of the plan that follows from each. */
      readonly plan?: string | undefined;
    }
  | OneTask
  | { readonly kind: "digests"; readonly seeds: number }
  | ({ readonly kind: "crash-points" } & CrashTask)
  | { readonly kind: "world"; readonly name: string }
  | DayTask;

interface OneTask {
  readonly kind: "one";
  readonly seed: number;
  readonly given: Shrink;
  readonly shrinks: boolean;
  readonly plan?: string | undefined;
}

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

async function seeds({ from, to, stride, plan }: Extract<Task, { kind: "seeds" }>): Promise<void> {
  for (let seed = from; seed < to; seed += stride) {
    const { violations, events, counts } = await simulate(seed, given(plan));
    tell({ kind: "seed", result: { seed, violation: violations[0], events, counts: [...counts] } });
  }
}

const given = (plan: string | undefined) => (plan === undefined ? {} : { plan: smallPlan(plan) });

async function one(task: OneTask): Promise<void> {
  const { seed } = task;
  const shrink = task.shrinks ? await smallest(seed, task.given) : task.given;
  const options = { shrink, keepTimeline: true, ...given(task.plan) };
  const { plan, timeline, violations } = await simulate(seed, options);
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
