import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Context } from "../../cli/context.js";
import { type ExitCode, run } from "../../cli/program.js";

export interface Ran {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Terminal {
  readonly directory: string;
  /** Runs `sluice` with these arguments to its end. */
  readonly sluice: (...args: readonly string[]) => Promise<Ran>;
}

export interface TerminalOptions {
  readonly env?: Context["env"];
  readonly stdin?: string;
  readonly stopped?: AbortSignal;
  /** Sees the results as they come. */
  readonly onStdout?: (text: string) => void;
}

/** Somebody's terminal, in a directory of its own. */
export async function aTerminal(options: TerminalOptions = {}): Promise<Terminal> {
  const { env = {}, stdin, stopped = new AbortController().signal, onStdout } = options;
  const directory = await mkdtemp(join(tmpdir(), "sluice-cli-"));
  const sluice: Terminal["sluice"] = async (...args) => {
    let stdout = "";
    let stderr = "";
    const code = await run(args, {
      env,
      directory,
      stopped,
      stdin: () => Promise.resolve(stdin),
      stdout: (text) => {
        stdout += text;
        onStdout?.(text);
      },
      stderr: (text) => {
        stderr += text;
      },
    });
    return { code, stdout, stderr };
  };
  return { directory, sluice };
}
