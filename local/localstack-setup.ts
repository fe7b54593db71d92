import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { dynamoDbLocalFolder } from "./dynamodb-local.js";
import { ROOT, WORK } from "./paths.js";
import { run } from "./process.js";

export const LOCALSTACK_IMAGE = "localstack/localstack:4.14";
const JAVA_AT_LEAST = 17;
/** LocalStack is written for the first; `python312.py` adds what the second lacks. */
const VERSIONS = ["3.13", "3.12"];
const SOURCE = join(ROOT, "test", "localstack");
/** Adds custom resources, which the free LocalStack lacks. */
export const CUSTOM_RESOURCES = join(SOURCE, "custom_resources.py");

/** How LocalStack runs: in a container or, without a container engine, as a process on this machine. */
export type LocalStackSetup =
  | { readonly kind: "container" }
  | {
      readonly kind: "host";
      /** The Python of its virtual environment. */
      readonly python: string;
      readonly java: string;
      readonly dynamoDbLocal: string;
    };

/** Why LocalStack cannot run here, in one sentence. */
export interface Skipped {
  readonly skipped: string;
}

export interface SetupOptions {
  readonly log?: ((line: string) => void) | undefined;
}

/** Installs what is missing, once. Safe to call again, in parallel, and after it was killed. @throws {UserError} */
export async function prepareLocalStack({ log }: SetupOptions = {}): Promise<LocalStackSetup | Skipped> {
  if (await hasImage(log)) return { kind: "container" };
  const java = await findJava();
  if (java === undefined) {
    return {
      skipped: `LocalStack needs a Docker engine, or Java ${JAVA_AT_LEAST} or newer: neither is here`,
    };
  }
  const dynamoDbLocal = dynamoDbLocalFolder();
  const environment = join(WORK, "localstack", `python-${fingerprint()}`);
  const python = join(environment, "bin", "python");
  const setup = { kind: "host", python, java, dynamoDbLocal } as const;
  if (existsSync(python)) return setup;
  const base = await findPython();
  if (base === undefined) {
    return { skipped: "LocalStack needs a Docker engine, or Python 3.12 or 3.13 with venv: neither is here" };
  }
  log?.("installing LocalStack for Python (once, a minute or two, 0.5 GB) ...");
  await run(base, [join(SOURCE, "prepare.py"), environment], log ? { onLine: log } : {});
  log?.("LocalStack is installed");
  return setup;
}

/** Identifies the environment by its versions and by its place, because it holds a link to the plug-in's source. */
function fingerprint(): string {
  const hash = createHash("sha256").update(SOURCE);
  for (const name of ["requirements.txt", "pyproject.toml"]) hash.update(readFileSync(join(SOURCE, name)));
  return hash.digest("hex").slice(0, 12);
}

/** Whether a Docker engine is running that has the image or can pull it. */
async function hasImage(log?: (line: string) => void): Promise<boolean> {
  if (!(await succeeds("docker", ["info"]))) return false;
  if (await succeeds("docker", ["image", "inspect", LOCALSTACK_IMAGE])) return true;
  log?.(`pulling ${LOCALSTACK_IMAGE} (once) ...`);
  return await succeeds("docker", ["pull", "--quiet", LOCALSTACK_IMAGE]);
}

async function findPython(): Promise<string | undefined> {
  const check = "import sys, venv, ensurepip; sys.exit(not (3, 12) <= sys.version_info < (3, 14))";
  const ofPyenv = await pythonsOfPyenv();
  const named = VERSIONS.flatMap((version) => [
    `python${version}`,
    ...ofPyenv.filter((python) => python.includes(`/versions/${version}.`)),
  ]);
  for (const python of [...named, "python3"]) {
    if (await succeeds(python, ["-c", check])) return python;
  }
  return undefined;
}

/** All installed versions, whether selected for this folder or not. */
async function pythonsOfPyenv(): Promise<string[]> {
  const said = await run("pyenv", ["root"]).catch(() => "");
  const roots = [process.env.PYENV_ROOT, said.trim(), join(process.env.HOME ?? "", ".pyenv")];
  return [...new Set(roots)].flatMap((root) => {
    const versions = join(root ?? "", "versions");
    if (!root || !existsSync(versions)) return [];
    return readdirSync(versions).map((name) => join(versions, name, "bin", "python3"));
  });
}

/** Returns the full path, because DynamoDB Local is started with another `java` first in the `PATH`. */
async function findJava(): Promise<string | undefined> {
  const folders = (process.env.PATH ?? "").split(delimiter);
  if (process.env.JAVA_HOME) folders.unshift(join(process.env.JAVA_HOME, "bin"));
  for (const java of folders.map((folder) => join(folder, "java")).filter((file) => existsSync(file))) {
    const said = await run(java, ["-version"]).catch(() => "");
    if (Number(/version "(\d+)/.exec(said)?.[1] ?? 0) >= JAVA_AT_LEAST) return java;
  }
  return undefined;
}

const succeeds = async (command: string, args: readonly string[]): Promise<boolean> =>
  await run(command, args).then(
    () => true,
    () => false,
  );
