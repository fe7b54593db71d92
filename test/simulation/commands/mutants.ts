import { bundle } from "../bundle.js";
import { MUTANTS, type Mutant } from "../mutants/index.js";
import { repeat } from "./one.js";
import { took, work } from "./workers.js";

/** Seeds within which a planted bug has to be found, unless it says otherwise. */
export const MUTANT_SEEDS = 600;

/** Which checker found it, and after how many seeds; undefined: it was not found. */
interface Finding {
  readonly checker: string;
  readonly seeds: number;
}

/** Plants each bug, and sees it found: by a checker that it names, and in time. */
export async function runMutants(names: readonly string[], jobs: number): Promise<number> {
  const chosen = MUTANTS.filter(({ name }) => names.length === 0 || names.includes(name));
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

function row({ name, found, within = MUTANT_SEEDS }: Mutant, finding: Finding | undefined): string {
  if (!finding) return `${name.padEnd(48)} SURVIVED ${within} seeds`;
  const line = `${name.padEnd(48)} ${finding.checker.padEnd(12)} ${String(finding.seeds).padStart(5)} seeds`;
  if (found.includes(finding.checker)) return line;
  return `${line}: EXPECTED ${found.join(" or ")}, look at ${repeat(finding.seeds - 1, undefined, name)}`;
}

async function find(mutant: Mutant): Promise<Finding | undefined> {
  const file = await bundle(mutant);
  const share = { from: 0, to: mutant.within ?? MUTANT_SEEDS, stride: 1, stopAtFirst: true };
  let seeds = 0;
  let violation: string | undefined;
  await work(file, { kind: "seeds", ...share }, (report) => {
    if (report.kind !== "seed") return;
    seeds++;
    violation = report.result.violation;
    return violation !== undefined;
  });
  return violation === undefined ? undefined : { checker: violation.split(":", 1)[0] ?? "", seeds };
}
