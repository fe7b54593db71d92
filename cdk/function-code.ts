import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Code } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";

/**
 * Sluice's functions. Each is a file of lambdas/ that `npm run build` bundles with its dependencies; "receive" runs the
 * bundle of "api".
 */
export const FUNCTION_NAMES = [
  "api",
  "receive",
  "dispatcher",
  "pump",
  "clock",
  "relay",
  "provision",
] as const;
/** The functions' names. */
export type FunctionName = (typeof FUNCTION_NAMES)[number];

/** Context key for another folder of bundles, for tests and forks. */
export const FUNCTIONS_DIRECTORY_CONTEXT = "sluice:functions-directory";

const HERE = fileURLToPath(new URL(".", import.meta.url));
/** The paths from dist/commonjs/cdk (published) and from cdk/ (run from source). */
const DIRECTORIES = [join(HERE, "../../functions"), join(HERE, "../dist/functions")];

/** Finds a function's bundle. It was built beforehand, so that users of the constructs need no bundler. */
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
