import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { embeddedApp } from "../../cli/dev/embedded-app.js";
import { EmbeddedBucket } from "../../cli/dev/embedded-bucket.js";
import { listen } from "../../cli/dev/listen.js";
import { freePort } from "../../local/free-port.js";
import { ROOT } from "../../local/paths.js";
import type { Block } from "./pages.js";

/** A directory with the command and the package in it, as they are after `npm install`. */
export interface Shell {
  /** Runs a page's commands in their order; what each block printed. @throws naming the one that failed. */
  readonly run: (blocks: readonly Block[]) => Promise<ReadonlyMap<Block, string>>;
  readonly remove: () => Promise<void>;
}

const REQUIRE =
  'import { createRequire as bundleRequire } from "node:module"; const require = bundleRequire(import.meta.url);';
const BETWEEN = "-- next block --";
/** A page that waits for what never comes is told with what it printed. */
const PAGE_MS = 60_000;

export async function aShell(): Promise<Shell> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-docs-"));
  const installed = join(folder, "node_modules", "sluice-queue");
  await mkdir(join(folder, "bin"), { recursive: true });
  await mkdir(installed, { recursive: true });
  await bundle("cli/main.ts", join(folder, "sluice.mjs"));
  await bundle("lib/client/index.ts", join(installed, "index.mjs"));
  await writeFile(join(installed, "package.json"), '{"name":"sluice-queue","exports":"./index.mjs"}');
  await writeFile(join(folder, "bin", "sluice"), `#!/bin/sh\nexec node "${folder}/sluice.mjs" "$@"\n`, {
    mode: 0o755,
  });
  await symlink(process.execPath, join(folder, "bin", "node"));
  // What a page's receiver of webhooks installs.
  await symlink(
    join(ROOT, "node_modules", "standardwebhooks"),
    join(folder, "node_modules", "standardwebhooks"),
  );
  return { run: (blocks) => runIn(folder, blocks), remove: () => rm(folder, { recursive: true }) };
}

const bundle = (entry: string, outfile: string) =>
  build({
    entryPoints: [join(ROOT, entry)],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["@aws-sdk/*"],
    banner: { js: REQUIRE },
  });

/** Each page has an API to itself. */
async function runIn(folder: string, blocks: readonly Block[]): Promise<ReadonlyMap<Block, string>> {
  const nobody = {
    env: {},
    directory: folder,
    stopped: new AbortController().signal,
    isPiped: false,
    stdin: () => Promise.resolve(undefined),
    stdout: () => Promise.resolve(),
    stderr: () => undefined,
  };
  const bucket = new EmbeddedBucket();
  const server = await listen(embeddedApp(nobody, { bucket }), 0, bucket);
  try {
    for (const block of blocks) await saveProgram(folder, block);
    const commands = blocks.filter(({ language }) => language === "sh");
    const script = commands.map(({ text, line }) => `: line ${line}\n${text}echo "${BETWEEN}"\n`).join("");
    const printed = (await bash(script, folder, server.url)).split(`${BETWEEN}\n`);
    return new Map(commands.map((block, index) => [block, printed[index] ?? ""]));
  } finally {
    await server.close();
  }
}

/** A program says in its first line which file it is. */
async function saveProgram(folder: string, { language, text }: Block): Promise<void> {
  const name = /^\/\/ (\S+\.mjs)\n/.exec(text)?.[1];
  if (language === "js" && name !== undefined) await writeFile(join(folder, name), text);
}

async function bash(script: string, cwd: string, apiUrl: string): Promise<string> {
  const PATH = `${join(cwd, "bin")}:${process.env.PATH ?? ""}`;
  // Another copy of the tests may run beside this one: what a page listens on is free.
  const env = { PATH, HOME: cwd, SLUICE_API_URL: apiUrl, PORT: String(await freePort()) };
  const child = spawn("bash", ["--norc", "-euo", "pipefail", "-c", script], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: PAGE_MS,
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`a block ended with ${String(code)}\n${script}\n${stdout}\n${stderr}`);
  return stdout;
}
