import { parseArgs } from "node:util";
import { UserError } from "../local/user-error.js";
import { LANGUAGES, type Language, packFor } from "./jsii/languages.js";

const USAGE = `npm run jsii -- [${LANGUAGES.join(" | ")} ...]

Makes packages of the constructs for other languages in .sluice/jsii/packed: for Python, or for those that are named.
Where a language's own tools (python3, mvn, dotnet, go) are missing, it writes the sources only. Run \`npm run build\`
first: the functions' bundles go into the packages.`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: "boolean", short: "h" } },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const named = positionals.filter((name): name is Language => LANGUAGES.some((known) => known === name));
  if (named.length < positionals.length) {
    console.error(`no such language: ${positionals.join(", ")}\n\n${USAGE}`);
    return 2;
  }
  for (const { language, folder, files, isSourceOnly } of await packFor(
    named.length > 0 ? named : ["python"],
  )) {
    const what = isSourceOnly ? "sources only, as its tools are not here" : files.join(", ");
    console.log(`${language}: ${folder} (${what})`);
  }
  return 0;
}

process.exit(
  await main().catch((error: unknown) => {
    console.error(error instanceof UserError ? error.message : error);
    return 1;
  }),
);
