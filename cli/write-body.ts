import { open, rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import type { SluiceClient, WithBody } from "../lib/client/index.js";
import { CommandFailed, type Context } from "./context.js";

/** Writes a body to a file, or to standard output. Returns its size in bytes. The file is there once it is whole. */
export async function writeBody(
  client: SluiceClient,
  { stdout, directory }: Context,
  message: WithBody,
  file: string | undefined,
): Promise<number> {
  const body = await client.bodies.open(message);
  if (file === undefined) return await eachOf(body, stdout);
  const path = resolve(directory, file);
  return await written(`${path}.part`, path, body).catch((error: NodeJS.ErrnoException) => {
    if (error.syscall === undefined) throw error;
    throw new CommandFailed(`the file cannot be written: ${error.message}`);
  });
}

async function written(part: string, path: string, body: ReadableStream<Uint8Array>): Promise<number> {
  const file = await open(part, "w");
  try {
    const bytes = await eachOf(body, async (chunk) => void (await file.write(chunk)));
    await file.close();
    await rename(part, path);
    return bytes;
  } catch (error) {
    await file.close();
    await rm(part, { force: true });
    throw error;
  }
}

async function eachOf(
  body: ReadableStream<Uint8Array>,
  write: (chunk: Uint8Array) => Promise<void>,
): Promise<number> {
  let bytes = 0;
  for await (const chunk of body) {
    await write(chunk);
    bytes += chunk.length;
  }
  return bytes;
}
