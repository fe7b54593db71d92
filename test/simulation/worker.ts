import { parentPort, workerData } from "node:worker_threads";
import { type CrashResult, crashPoints } from "./crash-points.js";
import { simulate } from "./simulate.js";

/** What one worker does: seeds from one to another by a stride, or its share of the crash points. */
export type Work =
  | {
      readonly kind: "seeds";
      readonly from: number;
      readonly to: number;
      readonly stride: number;
      readonly stopAtFirst: boolean;
    }
  | { readonly kind: "crash-points"; readonly share: number; readonly of: number };

export interface SeedResult {
  readonly seed: number;
  readonly violation: string | undefined;
  readonly events: number;
  readonly counts: readonly (readonly [string, number])[];
}

export type Report =
  | { readonly kind: "seed"; readonly result: SeedResult }
  | { readonly kind: "crash"; readonly result: CrashResult }
  | { readonly kind: "end" };

const tell = (report: Report): void => parentPort?.postMessage(report);

async function seeds({ from, to, stride, stopAtFirst }: Extract<Work, { kind: "seeds" }>): Promise<void> {
  for (let seed = from; seed < to; seed += stride) {
    const { violations, events, counts } = await simulate(seed);
    tell({ kind: "seed", result: { seed, violation: violations[0], events, counts: [...counts] } });
    if (violations.length > 0 && stopAtFirst) return;
  }
}

const work = workerData as Work | undefined;
if (work?.kind === "seeds") await seeds(work);
if (work?.kind === "crash-points") {
  await crashPoints(work, (result) => tell({ kind: "crash", result }));
}
tell({ kind: "end" });
