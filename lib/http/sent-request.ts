import { createHash } from "node:crypto";
import type { MessageContent } from "../domain/message.js";
import type { SentRequest } from "../domain/sent-request.js";
import { parseUploadId } from "../domain/upload.js";

/** The header by which a request that is sent again is told from a new one, as other APIs have it. */
export const IDEMPOTENCY_KEY = "Idempotency-Key";

/** `parts`: all that makes it this request. undefined without a key. */
export function sentRequest(
  key: string | undefined,
  parts: readonly (string | Uint8Array)[],
): SentRequest | undefined {
  if (key === undefined) return undefined;
  const hash = createHash("sha256");
  // With its length, no part can be taken for the end of the one before.
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return { key, fingerprint: hash.digest("base64url") };
}

type Checked = { readonly content: Pick<MessageContent, "uploadId"> } | { readonly error: Error };

/**
 * The bytes of a request as they are whichever uploads brought its bodies. Who sends a stream again
 * uploads it anew, and means the same. An upload of which no digest was promised stands for itself.
 */
export function sentBytes(bytes: Uint8Array, checked: readonly Checked[]): Uint8Array {
  const uploadIds = checked.flatMap((one) => ("content" in one ? (one.content.uploadId ?? []) : []));
  const known = uploadIds.flatMap((id) => {
    const { sha256, sizeBytes } = parseUploadId(id) ?? {};
    return sha256 === undefined ? [] : [[id, `${sizeBytes} bytes of ${sha256}`] as const];
  });
  if (known.length === 0) return bytes;
  const text = Buffer.from(bytes).toString("latin1");
  return Buffer.from(
    known.reduce((sent, [id, what]) => sent.replaceAll(id, what), text),
    "latin1",
  );
}
