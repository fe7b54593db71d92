import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
const commonjs = join(dist, "commonjs");
/** Whose declarations the two entries lead to. */
const DECLARED = ["cdk", "lib/client", "lib/domain", "lib/http"];

export const AS_COMMONJS = {
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  banner: { js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
  define: { "import.meta.url": "importMetaUrl" },
  logLevel: "warning",
} as const satisfies BuildOptions;

/**
 * Makes the part of the package that `require` gets: the client, and the constructs, which both module kinds share. The
 * CDK is CommonJS itself, and one copy means that what constructs know of each other is known in one place. Runs after
 * tsc, whose declarations hold for either kind: the nearest package.json says which one they describe.
 */
export async function makeCommonJs(): Promise<void> {
  await rm(commonjs, { recursive: true, force: true });
  await mkdir(commonjs, { recursive: true });
  await writeFile(join(commonjs, "package.json"), '{ "type": "commonjs" }\n');
  await build({
    absWorkingDir: root,
    entryPoints: { "cdk/index": "cdk/index.ts", "lib/client/index": "lib/client/index.ts" },
    outdir: commonjs,
    packages: "external",
    ...AS_COMMONJS,
  });
  for (const folder of DECLARED) {
    const filter = (path: string): boolean => !path.endsWith(".js");
    await cp(join(dist, folder), join(commonjs, folder), { recursive: true, filter });
  }
  await rm(join(dist, "cdk"), { recursive: true });
}
