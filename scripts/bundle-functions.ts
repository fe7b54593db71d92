import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const DIRECTORY = join(root, "dist", "functions");

/** CommonJS parts of the SDK call `require`, which ES modules do not have. */
const banner = [
  'import { createRequire as sluiceCreateRequire } from "node:module";',
  "const require = sluiceCreateRequire(import.meta.url);",
].join("\n");

/** Bundles each file of lambdas/ with its dependencies, so that users of the constructs need no bundler. */
export async function bundleFunctions(directory = DIRECTORY): Promise<readonly string[]> {
  const files = (await readdir(join(root, "lambdas"))).filter((file) => file.endsWith(".ts"));
  await Promise.all(
    files.map((file) =>
      build({
        entryPoints: [join(root, "lambdas", file)],
        outfile: join(directory, basename(file, ".ts"), "index.mjs"),
        bundle: true,
        minify: true,
        keepNames: true,
        platform: "node",
        target: "node20",
        format: "esm",
        mainFields: ["module", "main"],
        banner: { js: banner },
        // msgpackr's native helper is optional, and would be built for the machine that bundles.
        external: ["msgpackr-extract"],
        logLevel: "warning",
      }),
    ),
  );
  return files;
}
