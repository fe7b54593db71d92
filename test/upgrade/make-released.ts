import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { ROOT, WORK } from "../../local/paths.js";
import { RELEASED_FILE, type Released, type TemplateJson, released, unpackReleased } from "./released.js";
import { STACK } from "./a-stack.js";

const USAGE = `npm run release:fixture -- REF      keeps what the commit REF makes as the release before this one
npm run release:fixture -- --check  makes it once more of its commit, and compares`;

const tsx = join(ROOT, "node_modules", "tsx", "dist", "cli.mjs");
const git = (...args: readonly string[]): string =>
  execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).trim();

/** The commit that a tag or another name stands for; undefined where this clone has none of that name. */
function commitOf(ref: string): string | undefined {
  try {
    return git("rev-parse", "--quiet", "--verify", `${ref}^{commit}`);
  } catch {
    return undefined;
  }
}

/** What a deployment needs of the package. */
const KEPT = [/^package\.json$/, /^dist\/functions\//, /^dist\/commonjs\/.*\.js(on)?$/];

/** Builds a commit in a folder of its own, with the dependencies of this checkout. */
async function made(commit: string): Promise<Released> {
  await mkdir(WORK, { recursive: true });
  const folder = await mkdtemp(join(WORK, "release-"));
  try {
    const archive = execFileSync("git", ["archive", commit], { cwd: ROOT, maxBuffer: 256 * 1024 * 1024 });
    execFileSync("tar", ["x", "-C", folder], { input: archive });
    await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"), "dir");
    const build = (...args: readonly string[]) =>
      execFileSync(process.execPath, args, { cwd: folder, stdio: "inherit" });
    build(join(ROOT, "node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.build.json");
    build(tsx, "scripts/build.ts");
    const files: Record<string, string> = {};
    for (const path of (await readdir(folder, { recursive: true })).sort()) {
      const name = path.replaceAll("\\", "/");
      if (!KEPT.some((kept) => kept.test(name)) || !/\.\w+$/.test(name)) continue;
      files[name] = await readFile(join(folder, path), "utf8");
    }
    const { version } = JSON.parse(files["package.json"] ?? "{}") as { version: string };
    return { version, commit, files, template: await templateOf({ files, version }) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What these constructs make of the stack of the tests. */
async function templateOf(release: Pick<Released, "files" | "version">): Promise<TemplateJson> {
  const [folder, out] = [await unpackReleased(release), await mkdtemp(join(WORK, "release-out-"))];
  try {
    await mkdir(join(out, "recorder"));
    await writeFile(join(out, "recorder", "index.js"), "exports.handler = async () => undefined;\n");
    const context = { released: folder, recorder: join(out, "recorder") };
    const env = {
      ...process.env,
      CDK_CONTEXT_JSON: JSON.stringify(context),
      CDK_OUTDIR: join(out, "cdk.out"),
    };
    execFileSync(process.execPath, [tsx, relative(ROOT, join(ROOT, "test", "upgrade", "app.ts"))], {
      cwd: ROOT,
      env: { ...env, AWS_ENDPOINT_URL: undefined },
      stdio: "inherit",
    });
    const text = await readFile(join(out, "cdk.out", `${STACK}.template.json`), "utf8");
    return JSON.parse(text) as TemplateJson;
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

async function keep(release: Released): Promise<void> {
  const text = Buffer.from(JSON.stringify(release));
  const params = {
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
    [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
  };
  const packed = brotliCompressSync(text, { params });
  await writeFile(RELEASED_FILE, packed);
  console.log(`kept ${release.version} of ${release.commit}: ${Math.round(packed.length / 1_000)} KB`);
}

/** The files that are not as the commit makes them. */
async function changed(): Promise<readonly string[]> {
  const kept = released();
  const again = await made(kept.commit);
  const names = new Set([...Object.keys(kept.files), ...Object.keys(again.files)]);
  return [...names].filter((name) => kept.files[name] !== again.files[name]);
}

const [argument] = process.argv.slice(2);
if (argument === "--check") {
  const found = await changed();
  for (const name of found) console.error(`${name} is not what ${released().commit} makes`);
  if (found.length > 0) process.exitCode = 1;
  else console.log(`it is what ${released().commit} makes`);
} else if (argument !== undefined && !argument.startsWith("-")) {
  const commit = commitOf(argument);
  if (commit !== undefined) await keep(await made(commit));
  else {
    console.error(
      `this clone has no commit ${argument}: fetch its tags (git fetch --tags), or name a commit`,
    );
    process.exitCode = 1;
  }
} else {
  console.error(USAGE);
  process.exitCode = 2;
}
