/** What a command sees of the machine. It is passed in, so that tests can run commands in their own process. */
export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The working directory: `.sluice/local.json` is read there, and relative paths start there. */
  readonly directory: string;
  /** Prints results and nothing else. The promise resolves once they are written. @throws {OutputClosed} */
  readonly stdout: (content: string | Uint8Array) => Promise<void>;
  /** Whether the reader of the results may leave before the end, as `head` does. */
  readonly isPiped: boolean;
  /** Prints messages for people. */
  readonly stderr: (text: string) => void;
  /** Reads all input; undefined if standard input is a terminal. */
  readonly stdin: () => Promise<Uint8Array | undefined>;
  /** Aborts on Ctrl-C and SIGTERM. */
  readonly stopped: AbortSignal;
}

/** The command line is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** A known failure, described in one sentence: exit code 1. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
}
