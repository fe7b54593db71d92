import { runTiers } from "./run-tiers.js";
import { TIERS } from "./test-tiers.js";

const USAGE = `npm test -- [tier ...]

Runs all tiers, or only the named ones, in this order:

${TIERS.map(({ name, what }) => `  ${name.padEnd(16)} ${what}`).join("\n")}

Emulators are installed and started as needed, on free ports. If AWS_ENDPOINT_URL is set, the tier "ministack" tests
that endpoint instead of its own emulator. To run one file: npx jest path/of/the.test.ts`;

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
  return await runTiers(TIERS.filter(({ name }) => names.length === 0 || names.includes(name)));
}

process.exit(await main(process.argv.slice(2)));
