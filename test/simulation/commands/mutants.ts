import { UserError } from "../../../local/user-error.js";
import { bundle } from "../bundle.js";
import { MUTANTS } from "../mutants/index.js";
import type { Mutant } from "../mutants/mutant.js";
import { repeat } from "./one.js";
import { took, work } from "./workers.js";

/** Seeds within which a planted bug has to be found, unless it says otherwise. */
export const MUTANT_SEEDS = 600;

/** Which checker found it, and after how many runs; undefined: it was not found. */
interface Finding {
  readonly checker: string;
  readonly runs: number;
}

/** Plants each bug, and sees it found: by a checker that it names, and in time. */
export async function runMutants(names: readonly string[], jobs: number): Promise<number> {
  const chosen = MUTANTS.filter(({ name }) => names.length === 0 || names.includes(name));
  const unknown = names.filter((name) => !MUTANTS.some((mutant) => mutant.name === name));
  if (unknown.length > 0)
    throw new UserError(`there is no mutant ${unknown.join(", ")}: --mutants lists them`);
  const sinceMs = Date.now();
  const waiting = [...chosen];
  let failures = 0;
  const next = async (): Promise<void> => {
    for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
      const finding = await find(mutant);
      const isFound = finding && mutant.found.includes(finding.checker);
      if (!isFound) failures++;
      console.log(row(mutant, finding));
    }
  };
  console.log(`${"planted bug".padEnd(48)} ${"found by".padEnd(12)} after`);
  await Promise.all(Array.from({ length: jobs }, next));
  console.log(`${chosen.length} planted bugs, ${failures} not found as expected, ${took(sinceMs)}`);
  return failures;
}

function row(mutant: Mutant, finding: Finding | undefined): string {
  const { name, found, world, within = MUTANT_SEEDS } = mutant;
  const what = world === undefined ? "seeds" : "interleavings";
  if (!finding) return `${name.padEnd(48)} SURVIVED ${world ?? `${within} seeds`}`;
  const line = `${name.padEnd(48)} ${finding.checker.padEnd(12)} ${String(finding.runs).padStart(5)} ${what}`;
  if (found.includes(finding.checker)) return line;
  const look = world === undefined ? `, look at ${repeat(finding.runs - 1, undefined, name)}` : "";
  return `${line}: EXPECTED ${found.join(" or ")}${look}`;
}

async function find(mutant: Mutant): Promise<Finding | undefined> {
  const file = await bundle(mutant);
  return mutant.world === undefined ? await findBySeeds(file, mutant) : await findInWorld(file, mutant.world);
}

const findingOf = (violation: string | undefined, runs: number): Finding | undefined =>
  violation === undefined ? undefined : { checker: violation.split(":", 1)[0] ?? "", runs };

async function findBySeeds(file: string, { within = MUTANT_SEEDS }: Mutant): Promise<Finding | undefined> {
  let seeds = 0;
  let violation: string | undefined;
  await work(file, { kind: "seeds", from: 0, to: within, stride: 1, stopAtFirst: true }, (report) => {
    if (report.kind !== "seed") return;
    seeds++;
    violation = report.result.violation;
    return violation !== undefined;
  });
  return findingOf(violation, seeds);
}

async function findInWorld(file: string, name: string): Promise<Finding | undefined> {
  let finding: Finding | undefined;
  await work(file, { kind: "world", name }, (report) => {
    if (report.kind === "world") finding = findingOf(report.explored.violation, report.explored.runs);
  });
  return finding;
}
