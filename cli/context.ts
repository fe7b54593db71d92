/** What a command sees of the machine: given, so that tests run it in their own process. */
export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where `.sluice/local.json` is looked for, and files that are named on the line. */
  readonly directory: string;
  /** Takes results, and nothing else. The promise is kept once they are written. @throws {OutputClosed} */
  readonly stdout: (content: string | Uint8Array) => Promise<void>;
  /** Whether what reads the results may leave before the end, as `head` does. */
  readonly isPiped: boolean;
  /** Takes words for people. */
  readonly stderr: (text: string) => void;
  /** All that comes in; undefined where a person is at the other end. */
  readonly stdin: () => Promise<Uint8Array | undefined>;
  /** Aborted by Ctrl-C. */
  readonly stopped: AbortSignal;
}

/** The command was called in a way that it cannot be: exit 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What went wrong is known, and said in one sentence: exit 1. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
}
