import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { Worker } from "node:worker_threads";
import { Command, InvalidArgumentError } from "commander";
import { bundle } from "./bundle.js";
import { MUTANTS } from "./mutants/index.js";
import { WHOLE, type Shrink } from "./plan.js";
import { simulate } from "./simulate.js";
import { SMALL_WORLDS, exploreWorld } from "./worlds/small-worlds.js";
import type { Report, SeedResult, Work } from "./worker.js";

/** Seeds within which a planted bug has to be found. */
const MUTANT_SEEDS = 1_500;
const SHOWN_FAILURES = 5;
const WORLD_RUNS_AT_MOST = 50_000;

interface Options {
  readonly seeds: number;
  readonly from: number;
  readonly jobs: number;
  readonly seed?: number;
  readonly shrink?: boolean;
  readonly crashPoints?: boolean;
  readonly worlds?: boolean;
  readonly mutants?: boolean;
  readonly mutant?: string;
  readonly all?: boolean;
  readonly report?: string;
}

const startedMs = Date.now();
const took = (sinceMs = startedMs): string => `${((Date.now() - sinceMs) / 1_000).toFixed(0)} s`;
const repeat = (seed: number): string => `npm run simulate -- --seed ${seed}`;

/** Runs one bundle's worker and hands over what it reports, until it ends or `isEnough` says so. */
async function work(file: string, task: Work, take: (report: Report) => boolean | void): Promise<void> {
  const worker = new Worker(file, { workerData: task });
  await new Promise<void>((resolve, reject) => {
    worker.on("message", (report: Report) => {
      if (report.kind === "end" || take(report) === true) resolve();
    });
    worker.once("error", reject);
    worker.once("exit", () => resolve());
  });
  await worker.terminate();
}

async function runSeeds({ seeds, from, jobs }: Options): Promise<number> {
  const file = await bundle();
  const failures: SeedResult[] = [];
  const counts = new Map<string, number>();
  let events = 0;
  let done = 0;
  const share = (offset: number): Work => ({
    kind: "seeds",
    from: from + offset,
    to: from + seeds,
    stride: jobs,
    stopAtFirst: false,
  });
  const sinceMs = Date.now();
  const take = (report: Report): void => {
    if (report.kind !== "seed") return;
    const { result } = report;
    events += result.events;
    for (const [name, count] of result.counts) counts.set(name, (counts.get(name) ?? 0) + count);
    if (result.violation !== undefined) {
      failures.push(result);
      if (failures.length <= SHOWN_FAILURES) {
        console.log(`seed ${result.seed}: ${result.violation}\n  repeat it: ${repeat(result.seed)}`);
      }
    }
    if (++done % 500 === 0) console.log(`${done} seeds, ${took(sinceMs)}`);
  };
  await Promise.all(Array.from({ length: jobs }, (_, offset) => work(file, share(offset), take)));
  const faults = [...counts].filter(([name]) => !name.startsWith("event ")).sort();
  console.log(`faults: ${faults.map(([name, count]) => `${name} ${count}`).join(", ")}`);
  console.log(`${done} seeds, ${events} steps, ${failures.length} with violations, ${took(sinceMs)}`);
  return failures.length + (done === seeds ? 0 : 1);
}

async function runCrashPoints(jobs: number): Promise<number> {
  const file = await bundle();
  const sinceMs = Date.now();
  const points = new Map<string, number>();
  let failures = 0;
  const take = (report: Report): void => {
    if (report.kind !== "crash") return;
    const { plan, at, mode, call, violation } = report.result;
    points.set(plan, (points.get(plan) ?? 0) + 1);
    if (violation === undefined) return;
    if (++failures <= SHOWN_FAILURES)
      console.log(`${plan}, killed ${mode} call ${at} (${call}): ${violation}`);
  };
  const share = (one: number): Work => ({ kind: "crash-points", share: one, of: jobs });
  await Promise.all(Array.from({ length: jobs }, (_, one) => work(file, share(one), take)));
  let all = 0;
  for (const [plan, count] of points) {
    console.log(`${String(count).padStart(6)}  ${plan}`);
    all += count;
  }
  console.log(`${all} crash points, ${failures} with violations, ${took(sinceMs)}`);
  return failures + (all > 0 ? 0 : 1);
}

async function runMutants(names: readonly string[], jobs: number): Promise<number> {
  const waiting = MUTANTS.filter(({ name }) => names.length === 0 || names.includes(name));
  const sinceMs = Date.now();
  let survivors = 0;
  const next = async (): Promise<void> => {
    for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
      const file = await bundle(mutant);
      let tried = 0;
      let found: string | undefined;
      await work(
        file,
        { kind: "seeds", from: 0, to: MUTANT_SEEDS, stride: 1, stopAtFirst: true },
        (report) => {
          if (report.kind !== "seed") return;
          tried++;
          found = report.result.violation;
          return found !== undefined;
        },
      );
      if (found === undefined) survivors++;
      const by = found === undefined ? "SURVIVED" : (found.split(":", 1)[0] ?? "");
      console.log(`${mutant.name.padEnd(48)} ${by.padEnd(12)} ${String(tried).padStart(5)} seeds`);
    }
  };
  const count = waiting.length;
  await Promise.all(Array.from({ length: jobs }, next));
  console.log(`${count} planted bugs, ${survivors} not found within ${MUTANT_SEEDS} seeds, ${took(sinceMs)}`);
  return survivors;
}

/** Every interleaving of the small worlds; one that is not seen through counts as failed. */
async function runWorlds(): Promise<number> {
  const sinceMs = Date.now();
  let failures = 0;
  for (const [name, world] of Object.entries(SMALL_WORLDS)) {
    const { runs, pruned, deepest, isComplete, violation } = await exploreWorld(world, WORLD_RUNS_AT_MOST);
    if (!isComplete) failures++;
    const seen = isComplete ? "all seen" : (violation ?? `not all seen after ${runs}`);
    console.log(
      `${String(runs - pruned).padStart(6)} interleavings, up to ${deepest} choices: ${name}: ${seen}`,
    );
  }
  console.log(`${Object.keys(SMALL_WORLDS).length} small worlds, ${failures} failed, ${took(sinceMs)}`);
  return failures;
}

/** One seed, as long as it fails made smaller, with its timeline. */
async function runOne(seed: number, shrinks: boolean): Promise<number> {
  let shrink: Shrink = WHOLE;
  if (shrinks) shrink = await smallest(seed);
  const run = await simulate(seed, { shrink, keepTimeline: true });
  for (const { atMs, who, what } of run.timeline)
    console.log(`${String(atMs).padStart(9)} ${who.padEnd(14)} ${what}`);
  console.log(JSON.stringify(run.plan, undefined, 1));
  console.log(run.violations.length === 0 ? "no violation" : run.violations.join("\n"));
  if (shrinks) console.log(`smallest: ${JSON.stringify(shrink)}`);
  return run.violations.length;
}

async function smallest(seed: number): Promise<Shrink> {
  let best = WHOLE;
  const fails = async (shrink: Shrink): Promise<boolean> =>
    (await simulate(seed, { shrink })).violations.length > 0;
  const { plan } = await simulate(seed);
  const rates = Object.entries(plan.rates).filter(([, rate]) => rate > 0);
  for (const name of [...rates.map(([fault]) => fault), "clocksApart", "changes"]) {
    const without = { ...best, without: [...best.without, name] };
    if (await fails(without)) best = without;
  }
  for (const what of ["producers", "subscriptions", "publishes"] as const) {
    for (let count = 1; count <= 12; count++) {
      const fewer = { ...best, [what]: count };
      if (count < best[what] && (await fails(fewer))) {
        best = fewer;
        break;
      }
    }
  }
  return best;
}

const number = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError("a whole number");
  return value;
};

async function main(options: Options): Promise<number> {
  if (options.seed !== undefined) return await runOne(options.seed, options.shrink ?? false);
  if (options.mutants || options.mutant) {
    return await runMutants(options.mutant ? [options.mutant] : [], options.jobs);
  }
  if (options.worlds) return await runWorlds();
  if (options.crashPoints) return await runCrashPoints(options.jobs);
  let failed = await runSeeds(options);
  let checks = options.seeds;
  if (options.all) {
    failed += await runCrashPoints(options.jobs);
    failed += await runWorlds();
    failed += await runMutants([], options.jobs);
    checks += 1 + Object.keys(SMALL_WORLDS).length + MUTANTS.length;
  }
  if (options.report) {
    const outcome = { passed: Math.max(0, checks - failed), failed, skipped: 0 };
    await writeFile(options.report, JSON.stringify(outcome));
  }
  return failed;
}

const program = new Command("simulate")
  .description("Runs the real operations under every fault, by seed, and holds them to the promises")
  .option("--seeds <n>", "how many", number, 2_000)
  .option("--from <seed>", "the first", number, 0)
  .option("--jobs <n>", "at once", number, Math.max(1, cpus().length))
  .option("--seed <n>", "one seed, with its timeline", number)
  .option("--shrink", "with --seed: with fewer writers, messages and faults, as long as it fails")
  .option("--crash-points", "kill at every call of the small plans instead")
  .option("--worlds", "every interleaving of a few processes instead")
  .option("--mutants", "plant each known bug, and see it found")
  .option("--mutant <name>", "plant one")
  .option("--all", "seeds, crash points and planted bugs")
  .option("--report <file>", "write the outcome as JSON");
await program.parseAsync();
process.exit((await main(program.opts())) === 0 ? 0 : 1);
