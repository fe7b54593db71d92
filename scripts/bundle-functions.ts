import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import commonjs from "@rollup/plugin-commonjs";
import json from "@rollup/plugin-json";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { transform } from "esbuild";
import { type Plugin, type RollupCache, rollup } from "rollup";

const root = fileURLToPath(new URL("..", import.meta.url));
const DIRECTORY = join(root, "dist", "functions");
const TARGET = "node20";

/** The most that a bundle may take, in bytes: a cold start reads and compiles all of it. */
export const BYTES_AT_MOST: Readonly<Record<string, number>> = {
  api: 800_000,
  pump: 600_000,
  dispatcher: 450_000,
  relay: 450_000,
};

/** These plugins' types describe their CommonJS build, where the function is a property. */
const functionOf = <T>(plugin: { readonly default: T }): T => plugin as unknown as T;

/** What dependencies do without harm. */
const EXPECTED: ReadonlySet<string> = new Set([
  "CIRCULAR_DEPENDENCY",
  "THIS_IS_UNDEFINED",
  // Of a comment that mentions an annotation.
  "INVALID_ANNOTATION",
]);

/**
 * Names that logs and stacks are read by stay: of errors, and of what is done. They take a tenth of our code; those of
 * helpers, and of dependencies, are shortened with the rest, but for their methods.
 */
const isNamed = (id: string, source: string): boolean =>
  /[\\/](operations|lambdas)[\\/]/.test(id) || /class \w+ extends \w*Error\b/.test(source);

const typescript: Plugin = {
  name: "typescript",
  async transform(source, id) {
    if (!id.endsWith(".ts")) return null;
    const keepNames = isNamed(id, source);
    const { code } = await transform(source, { loader: "ts", target: TARGET, keepNames });
    return { code, map: null };
  },
};

const STAND_INS: Readonly<Record<string, string>> = {
  // The SDK's search for credentials in files, SSO and metadata services, of which Lambda has none.
  "@aws-sdk/credential-provider-node": join(root, "lib", "adapters", "aws", "environment-credentials.ts"),
  // A library for a cache that has one entry at the most.
  "@aws-sdk/endpoint-cache": join(root, "lib", "adapters", "aws", "endpoint-cache.ts"),
  // Without its native helper, which is optional and would be built for the machine that bundles.
  msgpackr: join(root, "node_modules", "msgpackr", "index.js"),
};

const standIns: Plugin = {
  name: "stand-ins",
  resolveId: { order: "pre", handler: (id) => STAND_INS[id] ?? null },
};

/**
 * Bundles each file of lambdas/ with its dependencies, so that users of the constructs need no bundler. Rollup leaves
 * out what a function cannot reach, also within the SDK's lists of all shapes, which esbuild keeps; esbuild minifies.
 * What is imported at run time stays a file of its own, and is read when it is needed.
 * @returns what each function reads when it starts, in bytes, by its name.
 */
export async function bundleFunctions(directory = DIRECTORY): Promise<ReadonlyMap<string, number>> {
  const files = (await readdir(join(root, "lambdas"))).filter((file) => file.endsWith(".ts"));
  const sizes = new Map<string, number>();
  let cache: RollupCache | undefined;
  // One after the other: each finds most of its modules in what was parsed for the one before.
  for (const file of files.sort()) {
    const bundle = await rollup({
      input: join(root, "lambdas", file),
      external: /^node:/,
      plugins: [
        standIns,
        typescript,
        nodeResolve({
          preferBuiltins: true,
          exportConditions: ["node"],
          extensions: [".ts", ".mjs", ".js", ".json"],
        }),
        functionOf(commonjs)(),
        functionOf(json)(),
      ],
      // What is loaded later takes what it shares from the function's own file, instead of both from a third.
      preserveEntrySignatures: "allow-extension",
      ...(cache ? { cache } : {}),
      onLog: (level, log, report) => {
        if (!EXPECTED.has(log.code ?? "")) report(level, log);
      },
    });
    cache = bundle.cache;
    const name = basename(file, ".ts");
    const { output } = await bundle.generate({
      format: "esm",
      entryFileNames: "index.mjs",
      chunkFileNames: "[name].mjs",
    });
    await rm(join(directory, name), { recursive: true, force: true });
    await mkdir(join(directory, name), { recursive: true });
    for (const part of output) {
      if (part.type !== "chunk") throw new Error(`${name} has ${part.fileName}, which is not code`);
      if (part.isEntry && part.imports.some((file) => file.endsWith(".mjs")))
        throw new Error(`${name} reads more than one file when it starts: ${part.imports.join(", ")}`);
      const { code } = await transform(part.code, { minify: true, format: "esm", target: TARGET });
      await writeFile(join(directory, name, part.fileName), code);
      if (part.isEntry) sizes.set(name, Buffer.byteLength(code));
    }
  }
  return sizes;
}
