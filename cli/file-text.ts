import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { CommandFailed, type Context, UsageError } from "./context.js";

/** The text of a file, or of standard input for `-`. `ifNone`: what is missing where that is a terminal. */
export async function fileText(path: string, context: Context, ifNone: string): Promise<string> {
  const bytes = path === "-" ? await context.stdin() : await bytesOf(resolve(context.directory, path));
  if (bytes === undefined) throw new UsageError(ifNone);
  return Buffer.from(bytes).toString("utf8");
}

const bytesOf = (path: string): Promise<Uint8Array> =>
  readFile(path).catch((error: Error) => {
    throw new CommandFailed(`the file cannot be read: ${error.message}`);
  });
