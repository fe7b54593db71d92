import { readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type Plugin, build } from "esbuild";
import { type Mutant, type Plant, plantsOf } from "./mutants/mutant.js";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, "..", "..");

/** CommonJS parts of the bundle ask for `require`, which an ES module has not. */
const BANNER = [
  'import { createRequire as simulationRequire } from "node:module";',
  "const require = simulationRequire(import.meta.url);",
].join("\n");

/** Bundles the simulation, with one bug planted where a mutant is given, and gives the bundle's path. */
export async function bundle(mutant?: Mutant): Promise<string> {
  const outfile = join(ROOT, ".sluice", "simulation", `${mutant?.name ?? "product"}.mjs`);
  await build({
    entryPoints: [join(HERE, "worker.ts")],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    // A planted bug is found by a checker, not by a stack.
    sourcemap: mutant ? false : "inline",
    banner: { js: BANNER },
    external: ["msgpackr-extract"],
    plugins: [planting(mutant ? [IN_ONE_THREAD, mutant] : [IN_ONE_THREAD])],
    logLevel: "warning",
  });
  return outfile;
}

/** What another thread deflates is done at a time that no seed decides. */
const IN_ONE_THREAD: Mutant = {
  name: "in-one-thread",
  file: "lib/domain/compression.ts",
  find: "if (plain.length <= AT_ONCE_BYTES)",
  replace: "if (plain.length <= AT_ONCE_BYTES || plain.length > 0)",
  found: [],
};

/** The product's own source, but for these changes: no hook for them is in what users get. */
function planting(mutants: readonly Mutant[]): Plugin {
  const plants = mutants.flatMap((mutant) => plantsOf(mutant).map((plant) => ({ name: mutant.name, plant })));
  return {
    name: "mutant",
    setup(setup) {
      setup.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const here = plants.filter(({ plant }) => relative(ROOT, path) === plant.file);
        if (here.length === 0) return undefined;
        const source = await readFile(path, "utf8");
        const contents = here.reduce((text, { name, plant }) => planted(name, text, plant), source);
        return { contents, loader: "ts" };
      });
    },
  };
}

function planted(name: string, source: string, { file, find, replace }: Plant): string {
  if (source.split(find).length !== 2) {
    throw new Error(`mutant ${name}: its place is not once in ${file}, look at the source: ${find}`);
  }
  return source.replace(find, () => replace);
}
