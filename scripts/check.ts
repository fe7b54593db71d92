import { runTiers } from "./run-tiers.js";
import { CHECK_TIERS } from "./test-tiers.js";

const USAGE = `npm run check

Runs the checks that find most mistakes, all at the same time, in about a minute:

${CHECK_TIERS.map(({ name, what }) => `  ${name.padEnd(8)} ${what}`).join("\n")}

Run npm test before a change goes to main: it runs the other checks too.`;

const args = process.argv.slice(2);
if (args.length > 0) console.log(USAGE);
const isHelp = args.includes("--help") || args.includes("-h");
process.exit(args.length > 0 ? (isHelp ? 0 : 2) : await runTiers(CHECK_TIERS));
