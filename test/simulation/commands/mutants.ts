import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../../../local/user-error.js";
import { bundle } from "../bundle.js";
import { MUTANTS } from "../mutants/index.js";
import type { Mutant } from "../mutants/mutant.js";
import { repeat } from "./one.js";
import type { Report } from "../worker.js";
import { took, work } from "./workers.js";

/** Seeds within which a planted bug has to be found, unless it says otherwise. */
export const MUTANT_SEEDS = 600;

/**
 * The seed that showed each planted bug when this was last written. It is tried first, so that a run over all of them
 * takes minutes; a bug that it does not show any more, since the source has changed, is looked for from seed 0 on.
 */
const SHOWN_BY = join(dirname(fileURLToPath(import.meta.url)), "..", "mutants", "shown-by.json");

/** A planted bug may make a seed go on for ever; the slowest seed takes a tenth of this. */
const SILENT_MS = 60_000;

/** Which checker found it, and where: the seed, or how many interleavings it took. */
interface Finding {
  readonly checker: string;
  readonly at: number;
}

interface Search {
  readonly finding: Finding | undefined;
  /** Found before, by checkers that it does not name. */
  readonly others: readonly Finding[];
}

/** Plants each bug, and sees it found: by a checker that it names, and in time. */
export async function runMutants(
  names: readonly string[],
  jobs: number,
  options: { readonly write?: boolean } = {},
): Promise<number> {
  const chosen = MUTANTS.filter(({ name }) => names.length === 0 || names.includes(name));
  const unknown = names.filter((name) => !MUTANTS.some((mutant) => mutant.name === name));
  if (unknown.length > 0)
    throw new UserError(`there is no mutant ${unknown.join(", ")}: --mutants lists them`);
  const sinceMs = Date.now();
  const shownBy = JSON.parse(await readFile(SHOWN_BY, "utf8")) as Record<string, number>;
  const now = new Map(Object.entries(shownBy));
  const waiting = [...chosen];
  let failures = 0;
  const next = async (): Promise<void> => {
    for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
      const search = await find(mutant, shownBy[mutant.name]).catch((error: Error) => error);
      if (search instanceof Error) {
        failures++;
        console.log(`${mutant.name.padEnd(48)} FAILED ${search.message}`);
        continue;
      }
      if (!search.finding) failures++;
      else if (mutant.world === undefined) now.set(mutant.name, search.finding.at);
      console.log(row(mutant, search, shownBy[mutant.name]));
    }
  };
  console.log(`${"planted bug".padEnd(48)} ${"found by".padEnd(12)} where`);
  await Promise.all(Array.from({ length: jobs }, next));
  console.log(`${chosen.length} planted bugs, ${failures} not found as expected, ${took(sinceMs)}`);
  if (options.write) await write(now);
  return failures;
}

async function write(now: ReadonlyMap<string, number>): Promise<void> {
  const seeds = MUTANTS.flatMap(({ name, world }) => {
    const seed = world === undefined ? now.get(name) : undefined;
    return seed === undefined ? [] : [[name, seed] as const];
  });
  await writeFile(SHOWN_BY, `${JSON.stringify(Object.fromEntries(seeds), undefined, 2)}\n`);
}

function row(mutant: Mutant, { finding, others }: Search, before: number | undefined): string {
  const { name, found, world, within = MUTANT_SEEDS } = mutant;
  const [other] = others;
  const look =
    other && world === undefined ? `, look at ${repeat(other.at, { mutant: name, plan: mutant.plan })}` : "";
  const instead = other ? ` (${other.checker} where ${found.join(" or ")} was expected${look})` : "";
  if (!finding) return `${name.padEnd(48)} SURVIVED ${world ?? `${within} seeds`}${instead}`;
  const { checker, at } = finding;
  const where = world === undefined ? `seed ${at}` : `${at} interleavings`;
  const moved =
    world === undefined && before !== undefined && before !== at ? `, before: seed ${before}` : "";
  return `${name.padEnd(48)} ${checker.padEnd(12)} ${where}${moved}${instead}`;
}

async function find(mutant: Mutant, shownBy: number | undefined): Promise<Search> {
  const file = await bundle(mutant);
  if (mutant.world !== undefined) return await findInWorld(file, mutant, mutant.world);
  const { within = MUTANT_SEEDS } = mutant;
  if (shownBy !== undefined && shownBy < within) {
    const search = await findBySeeds(file, mutant, shownBy, shownBy + 1);
    if (search.finding) return search;
  }
  return await findBySeeds(file, mutant, 0, within);
}

async function findBySeeds(file: string, mutant: Mutant, from: number, to: number): Promise<Search> {
  const others: Finding[] = [];
  let finding: Finding | undefined;
  let next = from;
  const take = (report: Report): boolean | void => {
    if (report.kind !== "seed") return;
    next = report.result.seed + 1;
    if (report.result.violation === undefined) return;
    const seen = findingOf(report.result.violation, report.result.seed);
    if (mutant.found.includes(seen.checker)) finding = seen;
    else others.push(seen);
    return finding !== undefined;
  };
  const options = { silentMs: SILENT_MS };
  const { plan } = mutant;
  while ((await work(file, { kind: "seeds", from: next, to, stride: 1, plan }, take, options)) === "silent")
    others.push({ checker: "endless", at: next++ });
  return { finding, others };
}

async function findInWorld(file: string, mutant: Mutant, name: string): Promise<Search> {
  let seen: Finding | undefined;
  await work(file, { kind: "world", name }, (report) => {
    if (report.kind !== "world") return;
    const { violation, runs } = report.explored;
    if (violation !== undefined) seen = findingOf(violation, runs);
  });
  if (!seen) return { finding: undefined, others: [] };
  return mutant.found.includes(seen.checker)
    ? { finding: seen, others: [] }
    : { finding: undefined, others: [seen] };
}

const findingOf = (violation: string, at: number): Finding => ({
  checker: violation.split(":", 1)[0] ?? "",
  at,
});
