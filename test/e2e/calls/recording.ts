import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { ROOT, WORK } from "../../../local/paths.js";

/** Where the functions of a run write their calls. They have to be processes of this machine. */
export const recordOf = (run: string): string => join(WORK, `e2e-${run}.calls`);

/** Has the bundled function in `folder` write each kind of call that it makes of AWS into `file`, once a process. */
export async function recordCalls(folder: string, file: string): Promise<void> {
  await build({
    entryPoints: [join(ROOT, "test", "e2e", "calls", "recorder.ts")],
    outfile: join(folder, "recorder.mjs"),
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    define: { RECORD_FILE: JSON.stringify(file) },
  });
  const entry = join(folder, "index.mjs");
  await writeFile(entry, `import "./recorder.mjs";\n${await readFile(entry, "utf8")}`);
}
