import { writeFile } from "node:fs/promises";
import { Command, InvalidArgumentError, Option } from "commander";
import { UserError } from "../../local/user-error.js";
import { runBill } from "./commands/bill.js";
import { runCrashPoint, runCrashPoints } from "./commands/crash-points.js";
import { runDay } from "./commands/day.js";
import { runMutants } from "./commands/mutants.js";
import { type OneOptions, runOne } from "./commands/one.js";
import { runSeeds, runTwice } from "./commands/seeds.js";
import { JOBS_DEFAULT } from "./commands/workers.js";
import { runWorlds } from "./commands/worlds.js";
import { CRASH_MODES, type CrashMode } from "./crash-mode.js";
import { COUNTED } from "./faults.js";
import { MUTANTS } from "./mutants/index.js";
import { SMALL_WORLDS } from "./worlds/small-worlds.js";

interface Options extends Partial<OneOptions> {
  readonly seeds: number;
  readonly from: number;
  readonly jobs: number;
  readonly crashPoints?: boolean;
  readonly crashPoint?: number;
  readonly plan?: string;
  readonly mode: CrashMode;
  readonly worlds?: boolean;
  readonly mutants?: boolean;
  readonly day?: boolean;
  readonly bill?: boolean;
  readonly write?: boolean;
  readonly messages: number;
  readonly all?: boolean;
  readonly report?: string;
}

/** So many messages of a day that `--all` is done in a few seconds with it. */
const SHORT_DAY_MESSAGES = 30_000;
/** All crash points take hours, and `--crash-points` has them: `--all` kills at each kind of call, and at some more. */
const FURTHER_CALLS = 10;

const number = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError("a whole number");
  return value;
};
const atLeastOne = (text: string): number => {
  if (number(text) === 0) throw new InvalidArgumentError("at least one");
  return number(text);
};
const faults = (text: string): string[] => {
  const names = text.split(",").filter(Boolean);
  const known = [...Object.keys(COUNTED), "clocksApart", "changes"];
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new InvalidArgumentError(`${unknown.join(", ")} is none of ${known.join(", ")}`);
  return names;
};

async function one(options: Options): Promise<number | undefined> {
  const { seed, mutant, crashPoint, plan, mode, jobs, write } = options;
  if (seed !== undefined) return await runOne({ ...options, seed });
  if (options.mutants || mutant !== undefined)
    return await runMutants(mutant ? [mutant] : [], jobs, { write: write ?? false });
  if (options.worlds) return await runWorlds();
  if (options.bill) return await runBill(options.write ?? false);
  if (options.day) return await runDay(options.messages);
  if (crashPoint !== undefined) return await runCrashPoint(plan ?? "", crashPoint, mode);
  if (options.crashPoints) return await runCrashPoints(jobs);
  return undefined;
}

async function main(options: Options): Promise<number> {
  const ended = await one(options);
  if (ended !== undefined) return ended;
  const failures: Record<string, number> = { seeds: await runSeeds(options) };
  let checks = options.seeds;
  if (options.all) {
    failures["seeds run twice"] = await runTwice();
    failures["crash points"] = await runCrashPoints(options.jobs, FURTHER_CALLS);
    // One thread each.
    const [worlds, day, bill] = await Promise.all([runWorlds(), runDay(SHORT_DAY_MESSAGES), runBill(false)]);
    Object.assign(failures, { "small worlds": worlds, "the day": day, "the bill": bill });
    failures["planted bugs"] = await runMutants([], options.jobs);
    checks += 5 + Object.keys(SMALL_WORLDS).length + MUTANTS.length;
  }
  const failed = Object.values(failures).reduce((sum, one) => sum + one);
  const where = Object.entries(failures).filter(([, count]) => count > 0);
  if (where.length > 0)
    console.log(`failed: ${where.map(([what, count]) => `${what} (${count})`).join(", ")}`);
  if (options.report) {
    const outcome = { passed: Math.max(0, checks - failed), failed, skipped: 0 };
    await writeFile(options.report, JSON.stringify(outcome));
  }
  return failed;
}

const program = new Command("simulate")
  .description("Runs the real operations under every fault, by seed, and holds them to the promises")
  .option("--seeds <n>", "how many", atLeastOne, 2_000)
  .option("--from <seed>", "the first", number, 0)
  .option("--jobs <n>", "at once", atLeastOne, JOBS_DEFAULT)
  .option("--seed <n>", "one seed, with its timeline", number)
  .option("--shrink", "with --seed: with fewer faults, writers and messages, as long as it fails")
  .option("--producers <n>", "with --seed: no more than these", number)
  .option("--publishes <n>", "with --seed: no more than these, of each producer", number)
  .option("--subscriptions <n>", "with --seed: no more than these", number)
  .option("--without <faults>", "with --seed: these faults switched off, such as killed,frozen", faults)
  .option("--crash-points", "kill at every call of the small plans instead")
  .option("--crash-point <n>", "kill at that call of the plan that --plan names, with the timeline", number)
  .option("--plan <name>", "with --crash-point or --seed: which of the small plans")
  .addOption(new Option("--mode <mode>", "with --crash-point: when").choices(CRASH_MODES).default("applied"))
  .option("--worlds", "every interleaving of a few processes instead")
  .option("--mutants", "plant each known bug, and see it found")
  .option("--mutant <name>", "plant one; with --seed: and show that seed's timeline")
  .option("--day", "a day of one topic with five subscriptions, under faults")
  .option("--messages <n>", "with --day: how many", atLeastOne, 1_000_000)
  .option("--bill", "what traffic costs a month, counted, beside what docs/cost.md says")
  .option(
    "--write",
    "with --bill: write it into docs/cost.md; with --mutants: write down which seeds show them",
  )
  .option("--all", "seeds, a choice of crash points, small worlds, a short day and planted bugs")
  .option("--report <file>", "write the outcome as JSON");
await program.parseAsync();
try {
  // A timeline is long: what a pipe has not taken yet would be lost with process.exit.
  process.exitCode = (await main(program.opts())) === 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
