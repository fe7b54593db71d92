import type { z } from "zod";
import type { Handed } from "../domain/handed.js";
import { isJson } from "../domain/message.js";
import type { ReceivedMessage } from "./contracts/consume.js";
import { given, timeText } from "./answers.js";

/** Text whose JSON form is longer than this times its length goes as base64: control characters take six bytes each. */
const BASE64_GROWTH = 4 / 3;
const SHORT_CHARACTERS = 1_024;

type Fields = Omit<z.input<typeof ReceivedMessage>, "body" | "bodyBase64">;

function fieldsOf(message: Handed): Fields {
  const { id, receipt, contentType, key, tag, attributes, businessKey, attempt } = message;
  return {
    id,
    receipt,
    contentType,
    ...given({ key, tag, businessKey }),
    ...(attributes ? { attributes: { ...attributes } } : {}),
    publishedAt: timeText(message.publishedAtMs),
    attempt,
    firstReceivedAt: timeText(message.firstReceivedAtMs),
    ...given({ lastError: message.lastError }),
  };
}

/** A message as JSON text. A JSON body is its publisher's own text: no digit is lost and nothing grows. */
export function receivedText(message: Handed): string {
  return `${JSON.stringify(fieldsOf(message)).slice(0, -1)},${bodyField(message)}}`;
}

function bodyField({ body, contentType }: Handed): string {
  const text = typeof body === "string" ? valueText(body, contentType) : undefined;
  return text === undefined ? `"bodyBase64":"${Buffer.from(body).toString("base64")}"` : `"body":${text}`;
}

/** Text as a JSON value; undefined where base64 says it in less, or where no answer could hold it. */
function valueText(body: string, contentType: string): string | undefined {
  if (isJson(contentType)) return isJsonText(body) ? body : undefined;
  const text = JSON.stringify(body);
  const isShort = text.length <= Math.max(SHORT_CHARACTERS, body.length * BASE64_GROWTH);
  return isShort && fits(text) ? text : undefined;
}

/** An answer goes as base64 where that is shorter than its escaped text (lambdas/api/gateway.ts). */
const fits = (text: string): boolean =>
  Buffer.byteLength(text) * BASE64_GROWTH <= LARGEST_BODY_BYTES || escapedBytes(text) <= LARGEST_BODY_BYTES;

/** Leaves room for a message's other fields, the longest of them escaped. */
const LARGEST_BODY_BYTES = 5_600_000;

const escapedBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - 2;

/** Whether `text` is valid JSON, whatever it says. */
function isJsonText(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
