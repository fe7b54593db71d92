import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../local/user-error.js";
import { type Outcome, type Tier, plus } from "./test-tiers.js";

const seconds = (sinceMs: number): string => `${((Date.now() - sinceMs) / 1_000).toFixed(0)} s`;

const inWords = ({ passed, failed, skipped }: Outcome): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;

/** A tier that cannot run counts as failed, and the next ones still run. */
async function runTier({ name, run }: Tier): Promise<Outcome & { readonly name: string }> {
  const startedMs = Date.now();
  console.log(`\n== ${name}`);
  const outcome = await run().catch((error: unknown): Outcome => {
    console.error(error instanceof UserError ? error.message : error);
    return { passed: 0, failed: 1, skipped: 0 };
  });
  console.log(`== ${name}: ${inWords(outcome)} (${seconds(startedMs)})`);
  return { name, ...outcome };
}

/** Groups the tiers that may run at the same time, in order. */
function besideEachOther(tiers: readonly Tier[]): readonly (readonly Tier[])[] {
  const groups: Tier[][] = [];
  for (const tier of tiers) {
    const last = groups.at(-1);
    if (tier.isBeside && last?.at(-1)?.isBeside) last.push(tier);
    else groups.push([tier]);
  }
  return groups;
}

/** Runs the tiers and prints the totals at the end. Returns the exit code. */
export async function runTiers(tiers: readonly Tier[]): Promise<number> {
  takeCareOfLeftovers();
  const startedMs = Date.now();
  const outcomes: Awaited<ReturnType<typeof runTier>>[] = [];
  for (const beside of besideEachOther(tiers)) outcomes.push(...(await Promise.all(beside.map(runTier))));
  const total = outcomes.reduce(plus, { passed: 0, failed: 0, skipped: 0 });
  const failed = outcomes.filter((outcome) => outcome.failed > 0);
  console.log(`\nall of it took ${seconds(startedMs)}`);
  if (failed.length > 0) console.log(`failed in: ${failed.map(({ name }) => name).join(", ")}`);
  console.log(inWords(total));
  return total.failed === 0 ? 0 : 1;
}

function takeCareOfLeftovers(): void {
  // Temporary files of tests and their tools go into a folder that is removed at exit.
  const temporary = mkdtempSync(join(tmpdir(), "sluice-test-"));
  process.env.TMPDIR = temporary;
  process.once("exit", () => rmSync(temporary, { recursive: true, force: true, maxRetries: 3 }));
  // Exiting here runs the exit handlers, which end every process that was started.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));
}
