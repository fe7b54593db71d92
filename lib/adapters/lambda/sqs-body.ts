import { type Message, bodyElsewhere } from "../../domain/message.js";
import { ESCAPED_UNIT_BYTES_AT_MOST, escapedBytes } from "./json-text.js";

/**
 * The size in base64 of the largest body that can be published. A text that stays within it goes as text; a larger one
 * goes as base64, so every body fits.
 */
const TEXT_LIMIT_BYTES = base64Bytes(4 * 1_024 * 1_024);

/** `url`: it says where the body is. */
export type BodyEncoding = "text" | "base64" | "url";

/** Text goes as it is, unless JSON's escapes would make it too large for a function's event. */
export function encodingOf({ body, uploaded }: Message): BodyEncoding {
  if (uploaded) return "url";
  if (typeof body !== "string") return "base64";
  if (body.length * ESCAPED_UNIT_BYTES_AT_MOST <= TEXT_LIMIT_BYTES) return "text";
  return escapedBytes(body) <= TEXT_LIMIT_BYTES ? "text" : "base64";
}

export function encodedBody(message: Message, encoding: BodyEncoding): string {
  if (encoding === "url") return JSON.stringify(bodyElsewhere(message));
  const { body } = message;
  if (typeof body !== "string") return Buffer.from(body).toString("base64");
  return encoding === "text" ? body : Buffer.from(body, "utf8").toString("base64");
}

/** The length of `encodedBody` inside a JSON text. */
export function encodedBodyBytes(message: Message, encoding: BodyEncoding): number {
  if (encoding === "url") return escapedBytes(encodedBody(message, encoding));
  const { body } = message;
  return typeof body === "string" && encoding === "text"
    ? escapedBytes(body)
    : base64Bytes(Buffer.byteLength(body));
}

function base64Bytes(sizeBytes: number): number {
  return Math.ceil(sizeBytes / 3) * 4;
}
