import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Context } from "../../cli/context.js";
import { OutputClosed } from "../../cli/output.js";
import { type ExitCode, run } from "../../cli/program.js";

export interface Ran {
  readonly code: ExitCode;
  readonly stdout: string;
  /** The same, as it was written. */
  readonly bytes: Buffer;
  readonly stderr: string;
}

export interface Terminal {
  readonly directory: string;
  /** Runs `sluice` with these arguments to its end. */
  readonly sluice: (...args: readonly string[]) => Promise<Ran>;
}

export interface TerminalOptions {
  readonly env?: Context["env"];
  readonly stdin?: string | Uint8Array;
  readonly stopped?: AbortSignal;
  /** Sees the results as they come. */
  readonly onStdout?: (text: string) => void;
  /** A pipe whose reader leaves as soon as it has seen so many lines; what is written afterwards fails. */
  readonly leavesAfterLines?: number;
}

/** Somebody's terminal, in a directory of its own. */
export async function aTerminal(options: TerminalOptions = {}): Promise<Terminal> {
  const { env = {}, stdin, stopped = new AbortController().signal, onStdout, leavesAfterLines } = options;
  const directory = await mkdtemp(join(tmpdir(), "sluice-cli-"));
  const sluice: Terminal["sluice"] = async (...args) => {
    const written: Buffer[] = [];
    const stdout = (): string => Buffer.concat(written).toString("utf8");
    const hasLeft = (): boolean =>
      leavesAfterLines !== undefined && stdout().split("\n").length > leavesAfterLines;
    let stderr = "";
    const code = await run(args, {
      env,
      directory,
      stopped,
      isPiped: leavesAfterLines !== undefined,
      stdin: () => Promise.resolve(stdin === undefined ? undefined : Buffer.from(stdin)),
      stdout: (content) => {
        if (hasLeft()) return Promise.reject(new OutputClosed());
        written.push(Buffer.from(content));
        onStdout?.(String(content));
        return Promise.resolve();
      },
      stderr: (text) => {
        stderr += text;
      },
    });
    return { code, stdout: stdout(), bytes: Buffer.concat(written), stderr };
  };
  return { directory, sluice };
}
