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
    plugins: mutant ? [planting(mutant)] : [],
    logLevel: "warning",
  });
  return outfile;
}

/** The product's own source, but for one change: no hook for it is in what users get. */
function planting(mutant: Mutant): Plugin {
  const plants = plantsOf(mutant);
  return {
    name: "mutant",
    setup(setup) {
      setup.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const here = plants.filter(({ file }) => relative(ROOT, path) === file);
        if (here.length === 0) return undefined;
        const source = await readFile(path, "utf8");
        const contents = here.reduce((text, plant) => planted(mutant.name, text, plant), source);
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
