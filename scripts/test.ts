import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../local/user-error.js";
import { TIERS, type Outcome, type Tier } from "./test-tiers.js";

const USAGE = `npm test -- [tier ...]

Runs every check, or the tiers that are named, in this order:

${TIERS.map(({ name, what }) => `  ${name.padEnd(16)} ${what}`).join("\n")}

Emulators are installed and started as needed, on free ports. AWS_ENDPOINT_URL, where it is set, names the endpoint
that the tier "ministack" tests instead of an emulator of its own. One file: npx jest path/of/the.test.ts`;

const seconds = (sinceMs: number): string => `${((Date.now() - sinceMs) / 1_000).toFixed(0)} s`;

const plus = (one: Outcome, other: Outcome): Outcome => ({
  passed: one.passed + other.passed,
  failed: one.failed + other.failed,
  skipped: one.skipped + other.skipped,
});

const inWords = ({ passed, failed, skipped }: Outcome): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;

/** A tier that cannot even run has failed, and the next ones still run. */
async function runTier({ name, run }: Tier): Promise<Outcome> {
  const startedMs = Date.now();
  console.log(`\n== ${name}`);
  const outcome = await run().catch((error: unknown): Outcome => {
    console.error(error instanceof UserError ? error.message : error);
    return { passed: 0, failed: 1, skipped: 0 };
  });
  console.log(`== ${name}: ${inWords(outcome)} (${seconds(startedMs)})`);
  return outcome;
}

/** In order, those together that may run at once. */
function besideEachOther(tiers: readonly Tier[]): readonly (readonly Tier[])[] {
  const groups: Tier[][] = [];
  for (const tier of tiers) {
    const last = groups.at(-1);
    if (tier.isBeside && last?.at(-1)?.isBeside) last.push(tier);
    else groups.push([tier]);
  }
  return groups;
}

async function main(names: readonly string[]): Promise<number> {
  if (names.includes("--help") || names.includes("-h")) {
    console.log(USAGE);
    return 0;
  }
  const unknown = names.filter((name) => !TIERS.some((tier) => tier.name === name));
  if (unknown.length > 0) {
    console.error(`no such tier: ${unknown.join(", ")}\n\n${USAGE}`);
    return 2;
  }
  const startedMs = Date.now();
  let total: Outcome = { passed: 0, failed: 0, skipped: 0 };
  for (const beside of besideEachOther(
    TIERS.filter(({ name }) => names.length === 0 || names.includes(name)),
  )) {
    total = (await Promise.all(beside.map(runTier))).reduce(plus, total);
  }
  console.log(`\nall of it took ${seconds(startedMs)}`);
  console.log(inWords(total));
  return total.failed === 0 ? 0 : 1;
}

/** Whatever a test or a tool of its leaves in the temporary folder goes with the run. */
const temporary = mkdtempSync(join(tmpdir(), "sluice-test-"));
process.env.TMPDIR = temporary;
process.once("exit", () => rmSync(temporary, { recursive: true, force: true, maxRetries: 3 }));

// What was started ends with this process, whichever way that ends.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));

process.exit(await main(process.argv.slice(2)));
