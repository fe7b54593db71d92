import { runTiers } from "./run-tiers.js";
import { TIERS } from "./test-tiers.js";

const USAGE = `npm test -- [tier ...]

Runs every check, or the tiers that are named, in this order:

${TIERS.map(({ name, what }) => `  ${name.padEnd(16)} ${what}`).join("\n")}

Emulators are installed and started as needed, on free ports. AWS_ENDPOINT_URL, where it is set, names the endpoint
that the tier "ministack" tests instead of an emulator of its own. One file: npx jest path/of/the.test.ts`;

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
