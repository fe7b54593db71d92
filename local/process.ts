import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "./user-error.js";

const STOP_PATIENCE_MS = 6_000;
const running = new Set<ChildProcess>();

/** Ends every process that was started here, with its children, however this process ends. */
function endAll(signal: NodeJS.Signals): void {
  for (const child of running) signalGroup(child, signal);
}

process.once("exit", () => endAll("SIGKILL"));

/** Each child leads its own process group, so that its children end with it. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    running.delete(child);
  }
}

export interface ServerProcess {
  readonly pid: number | undefined;
  /** How it ended; undefined while it runs. */
  ended(): string | undefined;
  stop(): Promise<void>;
}

/** Starts a server in its own process group and writes its output to a file. */
export function startServer(
  command: string,
  args: readonly string[],
  options: { readonly env: NodeJS.ProcessEnv; readonly logFile: string; readonly cwd?: string },
): ServerProcess {
  const log = createWriteStream(options.logFile);
  const spawnOptions: SpawnOptions = {
    env: options.env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  };
  const child = spawn(command, args, spawnOptions);
  running.add(child);
  child.stdout?.pipe(log);
  child.stderr?.pipe(log);
  let end: string | undefined;
  const gone = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      end = error.message;
      resolve();
    });
    child.once("exit", (code, signal) => {
      end ??= `ended with ${signal ?? `code ${code}`}`;
      resolve();
    });
  });
  return {
    pid: child.pid,
    ended: () => end,
    stop: async () => {
      signalGroup(child, "SIGTERM");
      await Promise.race([gone, sleep(STOP_PATIENCE_MS, undefined, { ref: false })]);
      signalGroup(child, "SIGKILL");
      running.delete(child);
    },
  };
}

/** Waits until `isReady`. @throws {UserError} that names the log file. */
export async function waitUntilReady(
  what: string,
  server: ServerProcess,
  logFile: string,
  isReady: () => Promise<boolean>,
  patienceMs: number,
): Promise<void> {
  const untilMs = Date.now() + patienceMs;
  while (Date.now() < untilMs) {
    if (server.ended()) throw new UserError(`${what} did not start: it ${server.ended()} (see ${logFile})`);
    if (await isReady().catch(() => false)) return;
    await sleep(100);
  }
  await server.stop();
  throw new UserError(`${what} was not ready within ${patienceMs / 1_000} s (see ${logFile})`);
}

/** Runs a command to its end, shows its output and returns its exit code. */
export async function runShown(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd = process.cwd(),
): Promise<number> {
  const child = spawn(command, args, { env, cwd, detached: true, stdio: ["ignore", "inherit", "inherit"] });
  running.add(child);
  const code = await new Promise<number>((resolve) => {
    child.once("error", () => resolve(1));
    child.once("close", (end) => resolve(end ?? 1));
  });
  running.delete(child);
  return code;
}

/** Runs a command to its end and returns its output. @throws {UserError} with the end of the output if it fails. */
export async function run(
  command: string,
  args: readonly string[],
  options: {
    readonly env?: NodeJS.ProcessEnv;
    readonly cwd?: string;
    readonly onLine?: (line: string) => void;
  } = {},
): Promise<string> {
  const child = spawn(command, args, {
    env: options.env ?? process.env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  running.add(child);
  let output = "";
  const take = (chunk: Buffer) => {
    const text = chunk.toString("utf8");
    output += text;
    for (const line of text.split("\n")) if (line.trim() !== "") options.onLine?.(line);
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  const failure = await new Promise<string | undefined>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code) => resolve(code === 0 ? undefined : `ended with code ${code}`));
  });
  running.delete(child);
  if (failure)
    throw new UserError(`${command} ${args.slice(0, 3).join(" ")} ${failure}\n${output.slice(-3_000)}`);
  return output;
}
