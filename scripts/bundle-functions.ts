import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const DIRECTORY = join(root, "dist", "functions");

/** CommonJS parts of the SDK ask for `require`, which an ES module has not. */
const banner = [
  'import { createRequire as sluiceCreateRequire } from "node:module";',
  "const require = sluiceCreateRequire(import.meta.url);",
].join("\n");

/** Bundles each file of lambdas/ with all it needs, so that a team which imports the constructs needs no bundler. */
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
        // The native helper of msgpackr is optional, and built for the machine that bundles.
        external: ["msgpackr-extract"],
        logLevel: "warning",
      }),
    ),
  );
  return files;
}
