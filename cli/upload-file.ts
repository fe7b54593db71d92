import { stat } from "node:fs/promises";
import { BodyFile, type Message, type SluiceClient } from "../lib/client/index.js";
import { CommandFailed, type Context } from "./context.js";

/** Larger files are uploaded: what they say is told as it goes on. */
const LARGE_BYTES = 1024 * 1024;
const MB = 1024 * 1024;
/** Progress is told so many times. */
const STEPS = 10;

export async function isLarge(path: string): Promise<boolean> {
  try {
    return (await stat(path)).size > LARGE_BYTES;
  } catch (error) {
    throw new CommandFailed(`the file cannot be read: ${(error as Error).message}`);
  }
}

/** Uploads a file from where it is, and says on standard error how far it is. */
export async function uploadFile(
  client: SluiceClient,
  { stderr }: Context,
  {
    topic,
    path,
    ...options
  }: { topic: string; path: string } & Pick<Message, "contentType" | "delaySeconds" | "deliverAt">,
): Promise<Pick<Message, "uploadId">> {
  let told = 0;
  const onProgress = (sentBytes: number, sizeBytes: number): void => {
    const step = Math.floor((sentBytes / sizeBytes) * STEPS);
    if (step === told) return;
    told = step;
    stderr(`uploaded ${Math.floor(sentBytes / MB)} of ${Math.ceil(sizeBytes / MB)} MB\n`);
  };
  return { uploadId: await client.bodies.upload(topic, new BodyFile(path), { ...options, onProgress }) };
}
