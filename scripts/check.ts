import { runTiers } from "./run-tiers.js";
import { CHECK_TIERS } from "./test-tiers.js";

const USAGE = `npm run check

Runs what finds most mistakes in a minute or so, all at once:

${CHECK_TIERS.map(({ name, what }) => `  ${name.padEnd(8)} ${what}`).join("\n")}

Before a change goes to main, npm test runs the rest too.`;

const args = process.argv.slice(2);
if (args.length > 0) console.log(USAGE);
const isHelp = args.includes("--help") || args.includes("-h");
process.exit(args.length > 0 ? (isHelp ? 0 : 2) : await runTiers(CHECK_TIERS));
