import { fstatSync } from "node:fs";
import type { Writable } from "node:stream";
import { CommandFailed } from "./context.js";

/** The reader of our output has left, as `head` does. This is not a failure, and nobody is left to tell. */
export class OutputClosed extends Error {
  override readonly name = "OutputClosed";
}

const CLOSED = new Set(["EPIPE", "ERR_STREAM_DESTROYED"]);

/** Writes to a stream; each promise resolves once its write has finished. @throws {OutputClosed} {CommandFailed} */
export function outputTo(stream: Writable): (content: string | Uint8Array) => Promise<void> {
  // Each write rejects with its own error; without a listener the stream's error event would end the process too.
  stream.on("error", () => undefined);
  return (content) =>
    new Promise((resolve, reject) => {
      stream.write(content, (error) => (error ? reject(outputError(error)) : resolve()));
    });
}

const outputError = (error: NodeJS.ErrnoException): Error =>
  CLOSED.has(error.code ?? "")
    ? new OutputClosed()
    : new CommandFailed(`the output cannot be written: ${error.message}`);

/** Whether the other end is a reader that may leave. A file and a terminal take everything that is written. */
export function isPipe(fileDescriptor: number): boolean {
  const stats = fstatSync(fileDescriptor);
  return stats.isFIFO() || stats.isSocket();
}
