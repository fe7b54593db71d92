import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { FUNCTIONS_DIRECTORY_CONTEXT } from "../../cdk/function-code.js";
import { bareEnv } from "../../local/emulator.js";
import { ROOT, WORK } from "../../local/paths.js";
import { run } from "../../local/process.js";
import { isPython, virtualEnv } from "../../local/python.js";
import { UserError } from "../../local/user-error.js";
import { bundleFunctions } from "../../scripts/bundle-functions.js";
import { AS_COMMONJS } from "../../scripts/commonjs.js";
import { QUIET, packFor } from "../../scripts/jsii/languages.js";
import { CDK_AT_LEAST } from "../../scripts/jsii/package.js";
import { page } from "../docs/pages.js";

const FUNCTIONS = join(ROOT, "dist", "functions");
const NO_REGISTRY =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|Failed to establish a new connection|Failed to resolve/;
/** jsii keeps the CDK here, unpacked. */
const CACHE = join(WORK, "jsii", "cache");
const ENV = { ...bareEnv(), ...QUIET, JSII_RUNTIME_PACKAGE_CACHE_ROOT: CACHE, PYTHONDONTWRITEBYTECODE: "1" };

interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The source of one app in both languages. */
interface Pair {
  readonly name: string;
  readonly python: string;
  readonly typescript: string;
}

/** Makes the package for Python, and installs it as a user does. @returns the folder of that environment's commands */
async function installed(): Promise<string> {
  if (!existsSync(join(FUNCTIONS, "api"))) await bundleFunctions();
  const [packed] = await packFor(["python"]);
  const wheel = packed?.files.find((name) => name.endsWith(".whl"));
  if (!packed || wheel === undefined) throw new Error("no wheel was made");
  const folder = join(WORK, "jsii", "python");
  const bin = await virtualEnv(folder, "python3", [`aws-cdk-lib==${CDK_AT_LEAST}`, "jsii<2"]);
  const pip = (...args: readonly string[]) => run(join(bin, "python"), ["-m", "pip", "--quiet", ...args]);
  const options = ["--disable-pip-version-check", "--no-deps", "--force-reinstall"];
  await pip("install", ...options, join(packed.folder, wheel));
  // Whether what the wheel asks for is what is there.
  await pip("check");
  return bin;
}

/**
 * A folder with the very CDK that Python has, for TypeScript apps to be run in: the repository's may be newer, and make
 * other templates.
 */
async function withPythonsCdk(bin: string, folder: string): Promise<void> {
  const script = "import sysconfig; print(sysconfig.get_path('purelib'))";
  const site = (await run(join(bin, "python"), ["-c", script])).trim();
  const files = await readdir(site, { recursive: true });
  // jsii's packages for Python have those for Node.js within them; the constructs that are tested are not taken.
  for (const path of files.filter((one) => one.endsWith(".jsii.tgz") && !one.startsWith("sluice"))) {
    const described = await run("tar", ["-xzOf", join(site, path), "package/package.json"]);
    const { name } = JSON.parse(described) as { readonly name: string };
    const to = join(folder, "node_modules", name);
    await mkdir(to, { recursive: true });
    await run("tar", ["-xzf", join(site, path), "-C", to, "--strip-components", "1"]);
  }
}

/** What an app makes: its templates by the names of their files. */
async function templatesIn(folder: string): Promise<object> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".template.json")).sort();
  const read = async (name: string): Promise<readonly [string, unknown]> => [
    name,
    JSON.parse(await readFile(join(folder, name), "utf8")),
  ];
  return Object.fromEntries(await Promise.all(names.map(read)));
}

/** @returns what it printed */
async function synthesizePython(bin: string, { name, python }: Pair, folder: string): Promise<string> {
  const script = join(folder, `${name}.py`);
  await writeFile(script, python);
  const env = { ...ENV, CDK_OUTDIR: join(folder, `${name}-python`) };
  return await run(join(bin, "python"), [script], { env });
}

async function synthesizeTypeScript({ name, typescript }: Pair, folder: string): Promise<void> {
  const outfile = join(folder, `${name}.js`);
  await build({
    ...AS_COMMONJS,
    stdin: { contents: typescript, loader: "ts", resolveDir: join(ROOT, "test", "jsii") },
    alias: { "sluice-queue/cdk": join(ROOT, "cdk", "index.ts") },
    external: ["aws-cdk-lib", "constructs"],
    outfile,
  });
  const CDK_CONTEXT_JSON = JSON.stringify({ [FUNCTIONS_DIRECTORY_CONTEXT]: FUNCTIONS });
  await run(process.execPath, [outfile], {
    env: { ...ENV, CDK_OUTDIR: join(folder, `${name}-typescript`), CDK_CONTEXT_JSON },
  });
}

/** @returns what the app in Python printed */
async function compare(bin: string, pair: Pair, folder: string): Promise<string> {
  const [printed] = await Promise.all([
    synthesizePython(bin, pair, folder),
    synthesizeTypeScript(pair, folder),
  ]);
  const ours = await templatesIn(join(folder, `${pair.name}-typescript`));
  assert.notEqual(Object.keys(ours).length, 0);
  assert.deepEqual(await templatesIn(join(folder, `${pair.name}-python`)), ours);
  return printed;
}

/** Makes the mistake that the page tells of, and prints what is said of it. */
const MISTAKE = `
try:
    Sluice(Stack(App(), "Shop"), "Queue").add_topic("orders", retention=Duration.seconds(0))
except RuntimeError as error:
    print(error)
`;

async function thePage(bin: string, folder: string): Promise<void> {
  const { blocks, text } = await page("docs/languages.md");
  const [python = "", typescript = ""] = ["python", "ts"].map(
    (language) => blocks.find((block) => block.language === language)?.text,
  );
  const [, told = "no mistake"] = /^`(Shop\/Queue\/orders: .*)`\.$/m.exec(text) ?? [];
  const printed = await compare(bin, { name: "page", python: python + MISTAKE, typescript }, folder);
  assert.ok(printed.includes(told), `${told} is not in ${printed}`);
}

async function everything(bin: string, folder: string): Promise<void> {
  const [python = "", typescript = ""] = await Promise.all(
    ["py", "ts"].map((end) => readFile(join(ROOT, "test", "jsii", `everything.${end}`), "utf8")),
  );
  await compare(bin, { name: "everything", python, typescript }, folder);
}

async function check(what: string, test: () => Promise<void>): Promise<boolean> {
  return await test().then(
    () => {
      console.log(`ok: ${what}`);
      return true;
    },
    (error: unknown) => {
      console.error(`FAILED: ${what}\n${error instanceof Error ? error.message : String(error)}`);
      return false;
    },
  );
}

/** Apps in Python, made with the wheel, against the same apps in TypeScript. */
async function all(): Promise<Outcome> {
  if (!(await isPython("python3", 3, 10)))
    return skipped("jsii's Python needs python3 3.10 or newer with its venv module");
  const bin = await installed().catch((error: unknown) => {
    if (error instanceof UserError && NO_REGISTRY.test(error.message)) return undefined;
    throw error;
  });
  if (bin === undefined) return skipped("the registries of npm and Python cannot be reached");
  const folder = await mkdtemp(join(tmpdir(), "sluice-jsii-"));
  try {
    await withPythonsCdk(bin, folder);
    const results = [
      await check("the app of docs/languages.md, and the mistake", () => thePage(bin, folder)),
      await check("each kind of prop, and an imported queue", () => everything(bin, folder)),
    ];
    const passed = results.filter(Boolean).length;
    return { passed, failed: results.length - passed, skipped: 0 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function skipped(why: string): Outcome {
  console.log(`SKIPPED: ${why}`);
  return { passed: 0, failed: 0, skipped: 1 };
}

const { values } = parseArgs({ options: { report: { type: "string" } } });
const outcome = await all();
if (values.report) await writeFile(values.report, JSON.stringify(outcome));
process.exit(outcome.failed === 0 ? 0 : 1);
