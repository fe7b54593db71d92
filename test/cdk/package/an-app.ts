import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "../../../local/paths.js";

const run = promisify(execFile);

/** A folder of a user's, in which the package is installed from its tarball. */
export interface AnApp {
  readonly folder: string;
  /** Writes files, by their paths within the folder. */
  readonly write: (files: Readonly<Record<string, string>>) => Promise<void>;
  /** Runs a script of a package, or of the app, with Node. @throws with what it printed, unless it ends with 0 */
  readonly node: (script: string, ...args: readonly string[]) => Promise<string>;
  readonly remove: () => Promise<void>;
}

interface PackageJson {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/** What `cdk init` puts into an app's package.json. */
const OF_THE_APP = [
  "@swc/core",
  "@swc/jest",
  "@types/jest",
  "@types/node",
  "aws-cdk",
  "jest",
  "tsx",
  "typescript",
];
const OUTPUT_AT_MOST = 64_000_000;
/** No call home, and none of the settings of whoever tests. */
const ENV = {
  PATH: process.env.PATH,
  HOME: tmpdir(),
  CI: "true",
  npm_config_offline: "true",
  CDK_DISABLE_VERSION_CHECK: "true",
  CDK_DISABLE_CLI_TELEMETRY: "true",
};

/** Packs what `npm run build` has made. */
export async function aTarball(): Promise<string> {
  if (!existsSync(join(ROOT, "dist", "commonjs"))) throw new Error("run `npm run build` first");
  const folder = await mkdtemp(join(tmpdir(), "sluice-package-"));
  const args = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder];
  const { stdout } = await run("npm", args, { cwd: ROOT, maxBuffer: OUTPUT_AT_MOST });
  const [{ filename }] = JSON.parse(stdout) as [{ readonly filename: string }];
  return join(folder, filename);
}

/** Of what the package needs, the app has what its package.json names, and nothing else. */
export async function anApp(tarball: string): Promise<AnApp> {
  const parent = await mkdtemp(join(tmpdir(), "sluice-app-"));
  // `cdk init` names its stack after the folder.
  const folder = join(parent, "shop");
  const modules = join(folder, "node_modules");
  const installed = join(modules, "sluice-queue");
  await mkdir(folder);
  return {
    folder,
    write: async (files) => {
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), text);
      }
    },
    node: async (script, ...args) => {
      if (!existsSync(modules) && !script.startsWith("aws-cdk/")) await install();
      const path = existsSync(join(folder, script)) ? join(folder, script) : moduleOf(script);
      const options = { cwd: folder, env: ENV, maxBuffer: OUTPUT_AT_MOST };
      return await run(process.execPath, [path, ...args], options).then(
        ({ stdout, stderr }) => stdout + stderr,
        ({ stdout, stderr }: { stdout: string; stderr: string }) => {
          throw new Error(`${script} ${args.join(" ")}\n${stdout}\n${stderr}`);
        },
      );
    },
    remove: () => rm(parent, { recursive: true }),
  };

  function moduleOf(script: string): string {
    return join(existsSync(modules) ? modules : join(ROOT, "node_modules"), script);
  }

  async function install(): Promise<void> {
    await mkdir(installed, { recursive: true });
    await run("tar", ["-xzf", tarball, "-C", installed, "--strip-components", "1"]);
    const text = await readFile(join(installed, "package.json"), "utf8");
    const { dependencies, peerDependencies } = JSON.parse(text) as PackageJson;
    // What `npx` looks for.
    await mkdir(join(modules, ".bin"));
    for (const name of ["tsc", "tsx"])
      await symlink(join(ROOT, "node_modules", ".bin", name), join(modules, ".bin", name));
    for (const name of [...Object.keys({ ...dependencies, ...peerDependencies }), ...OF_THE_APP]) {
      await mkdir(dirname(join(modules, name)), { recursive: true });
      await symlink(join(ROOT, "node_modules", name), join(modules, name));
    }
  }
}
