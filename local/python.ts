import { rmSync } from "node:fs";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "./process.js";
import { UserError } from "./user-error.js";

const LOCK_PATIENCE_MS = 600_000;
const LOCK_LOOK_EVERY_MS = 500;
/** Creating a lock and writing its owner into it are milliseconds apart. */
const LOCK_NAMELESS_MS = 10_000;

/** Runs `make` in one process at a time. A lock whose owner died is taken over. */
export async function withLock<T>(folder: string, make: () => Promise<T>): Promise<T> {
  const lock = `${folder}.lock`;
  const untilMs = Date.now() + LOCK_PATIENCE_MS;
  while (!(await isTaken(lock))) {
    if (await isLeftBehind(lock)) rmSync(lock, { recursive: true, force: true });
    else if (Date.now() > untilMs) {
      throw new UserError(`another set-up holds ${lock}: remove it if none runs`);
    } else await sleep(LOCK_LOOK_EVERY_MS);
  }
  const release = (): void => rmSync(lock, { recursive: true, force: true });
  process.once("exit", release);
  try {
    return await make();
  } finally {
    process.removeListener("exit", release);
    release();
  }
}

async function isTaken(lock: string): Promise<boolean> {
  try {
    await mkdir(lock);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
  await writeFile(join(lock, "pid"), String(process.pid));
  return true;
}

/** The owner is gone, or died before it wrote its id. */
async function isLeftBehind(lock: string): Promise<boolean> {
  const pid = Number(await readFile(join(lock, "pid"), "utf8").catch(() => "0"));
  if (pid > 0) return !isAlive(pid);
  const made = await stat(lock).catch(() => undefined);
  return made !== undefined && Date.now() - made.mtimeMs > LOCK_NAMELESS_MS;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Whether `python` runs and has at least this version. */
export async function isPython(python: string, major: number, minor: number): Promise<boolean> {
  const check = `import sys, venv; sys.exit(0 if sys.version_info >= (${major}, ${minor}) else 1)`;
  return await run(python, ["-c", check]).then(
    () => true,
    () => false,
  );
}

/**
 * Creates a virtual environment with these requirements, once. Its stamp shows with which ones it is complete: a set-up
 * that was killed is started again from the beginning; other requirements are installed into the one that is there,
 * since a server may be running from it.
 */
export async function virtualEnv(
  folder: string,
  python: string,
  requirements: readonly string[],
): Promise<string> {
  const stamp = join(folder, "installed.txt");
  const bin = join(folder, "bin");
  const wanted = `${requirements.join("\n")}\n`;
  const installed = async (): Promise<string | undefined> =>
    await readFile(stamp, "utf8").catch(() => undefined);
  if ((await installed()) === wanted) return bin;
  await mkdir(join(folder, ".."), { recursive: true });
  return await withLock(folder, async () => {
    const before = await installed();
    if (before === wanted) return bin;
    if (before === undefined) {
      await rm(folder, { recursive: true, force: true });
      await run(python, ["-m", "venv", folder]);
    }
    const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    await run(join(bin, "python"), [...install, ...requirements]);
    await writeFile(`${stamp}.new`, wanted);
    await rename(`${stamp}.new`, stamp);
    return bin;
  });
}
