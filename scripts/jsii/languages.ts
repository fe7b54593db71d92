import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT, WORK } from "../../local/paths.js";
import { run } from "../../local/process.js";
import { withLock } from "../../local/python.js";
import { writePackage } from "./package.js";

/** What builds a language's package, and how it says that it is there. */
const TOOLS = {
  python: ["python3", "--version"],
  java: ["mvn", "--version"],
  dotnet: ["dotnet", "--version"],
  go: ["go", "version"],
} as const;
export type Language = keyof typeof TOOLS;
export const LANGUAGES = Object.keys(TOOLS) as readonly Language[];

const FOLDER = join(WORK, "jsii");
const PACKAGE = join(FOLDER, "package");
const PACKED = join(FOLDER, "packed");
const [NODE_MAJOR] = process.versions.node.split(".");
/** Has jsii not speak at length of the age of this Node.js. */
export const QUIET = { JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: NODE_MAJOR };
const ENV = { ...process.env, ...QUIET };

export interface Packed {
  readonly language: Language;
  readonly folder: string;
  readonly files: readonly string[];
  /** The language's own tools are not here, so that nothing is compiled. */
  readonly isSourceOnly: boolean;
}

/** Installs jsii, once for each lock file. */
async function installTools(): Promise<string> {
  const folder = join(FOLDER, "tools");
  const stamp = join(folder, "installed.txt");
  const from = join(ROOT, "scripts", "jsii", "tools");
  const lock = await readFile(join(from, "package-lock.json"));
  const wanted = createHash("sha256").update(lock).digest("hex");
  await mkdir(FOLDER, { recursive: true });
  await withLock(folder, async () => {
    if ((await readFile(stamp, "utf8").catch(() => "")) === wanted) return;
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    for (const name of ["package.json", "package-lock.json"])
      await copyFile(join(from, name), join(folder, name));
    await run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: folder });
    await writeFile(stamp, wanted);
  });
  return join(folder, "node_modules");
}

/**
 * Makes the constructs' package for each of the languages.
 * @throws {UserError} with what jsii, or the language's own tool, says
 */
export async function packFor(languages: readonly Language[]): Promise<readonly Packed[]> {
  const modules = await installTools();
  await writePackage(PACKAGE);
  // That Python will call `from` by the name `from_` is known.
  const compile = [PACKAGE, "--fail-on-warnings", "--silence-warnings", "reserved-word"];
  await run(process.execPath, [join(modules, "jsii", "bin", "jsii"), ...compile], { env: ENV });
  const packed: Packed[] = [];
  for (const language of languages) packed.push(await packOne(modules, language));
  return packed;
}

async function packOne(modules: string, language: Language): Promise<Packed> {
  const folder = join(PACKED, language);
  await rm(folder, { recursive: true, force: true });
  const [tool, ...asked] = TOOLS[language];
  const isSourceOnly = !(await run(tool, asked).then(
    () => true,
    () => false,
  ));
  const args = ["--targets", language, "--outdir", PACKED, ...(isSourceOnly ? ["--code-only"] : []), PACKAGE];
  await run(process.execPath, [join(modules, "jsii-pacmak", "bin", "jsii-pacmak"), ...args], { env: ENV });
  return { language, folder, files: await readdir(folder), isSourceOnly };
}
