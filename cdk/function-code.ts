import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Code } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";

/** Sluice's functions, each a file of lambdas/ that `npm run build` bundles with all it needs. */
export type FunctionName = "api" | "dispatcher" | "pump" | "clock" | "provision";

/** Context key of a folder to take the bundles from instead: for tests and forks. */
export const FUNCTIONS_DIRECTORY_CONTEXT = "sluice:functions-directory";

const HERE = fileURLToPath(new URL(".", import.meta.url));
/** Seen from dist/cdk, as published, and from cdk/, as run from source. */
const DIRECTORIES = [join(HERE, "../functions"), join(HERE, "../dist/functions")];

/** The bundle of one function, so that whoever imports the constructs needs no bundler. */
export function functionCode(scope: Construct, name: FunctionName): Code {
  const fromContext: unknown = scope.node.tryGetContext(FUNCTIONS_DIRECTORY_CONTEXT);
  const directories = typeof fromContext === "string" ? [fromContext] : DIRECTORIES;
  const found = directories
    .map((directory) => join(directory, name))
    .find((path) => existsSync(join(path, "index.mjs")));
  if (!found) {
    throw new Error(
      `function "${name}" is not bundled (looked in ${directories.join(" and ")}): run "npm run build" first`,
    );
  }
  return Code.fromAsset(found);
}
