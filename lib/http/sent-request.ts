import { createHash } from "node:crypto";
import type { SentRequest } from "../domain/sent-request.js";

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
