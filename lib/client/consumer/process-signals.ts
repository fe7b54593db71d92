import { SluiceUsageError } from "../errors.js";

/** Where there is a process, as in Node, Bun and Deno. */
interface ProcessLike {
  readonly on: (signal: string, run: () => void) => unknown;
  readonly off: (signal: string, run: () => void) => unknown;
}

/**
 * Calls `stop` on each of these signals, until the function that it returns is called. A signal may come again: npm,
 * for one, passes a Ctrl-C on to a process that gets it as well.
 * @throws {SluiceUsageError} where nothing gets signals
 */
export function onSignals(signals: readonly string[], stop: () => void): () => void {
  if (signals.length === 0) return () => undefined;
  const { process: host } = globalThis as { process?: ProcessLike };
  if (typeof host?.on !== "function")
    throw new SluiceUsageError('the option "stopOn" needs a process that gets signals: use "signal"');
  for (const signal of signals) host.on(signal, stop);
  return () => {
    for (const signal of signals) host.off(signal, stop);
  };
}
