import { InvalidRequest } from "../domain/errors.js";
import { RequestTooLarge } from "./errors.js";
import { utf8Text } from "./json.js";

/** The whole body, never more of it than `limitBytes`. @throws {RequestTooLarge} */
export async function readBody(request: Request, limitBytes: number): Promise<Uint8Array> {
  const declaredBytes = Number(request.headers.get("content-length") ?? 0);
  if (declaredBytes > limitBytes) throw new RequestTooLarge(limitBytes);
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > limitBytes) throw new RequestTooLarge(limitBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** No body at all says the same as an empty object: every field gets its default. @throws {InvalidRequest} */
export function parseBody(bytes: Uint8Array): unknown {
  const text = utf8Text(bytes);
  if (text === undefined) throw noJson("it is no UTF-8 text");
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw noJson((error as Error).message);
  }
}

const noJson = (why: string): InvalidRequest =>
  new InvalidRequest([{ path: "", detail: `the body is no JSON: ${why}` }]);
