import type { z } from "zod";
import type { Handed } from "../domain/handed.js";
import { type Message, type MessageContent, isJson } from "../domain/message.js";
import type { ReceivedMessage } from "./contracts/consume.js";
import { timeText } from "./answers.js";
import { given } from "./given.js";

/**
 * What a function may answer is 6 MB (6,291,556 bytes), counted as the JSON that Lambda wraps it in: there a quote
 * takes two bytes. The rest is for the envelope and the answer's headers.
 */
export const ANSWER_LIMIT_BYTES = 6_000_000;
const SHORT_ERROR_CHARACTERS = 64;
/** A receipt, when and how often it was handed out, and a short error of characters that escape to seven bytes each. */
const HANDED_BYTES = 1_024;
/** Text whose JSON form is longer than this times its length goes as base64: control characters take six bytes each. */
const BASE64_GROWTH = 4 / 3;
const SHORT_CHARACTERS = 1_024;

type Fields = Omit<z.input<typeof ReceivedMessage>, "body" | "bodyBase64">;

const publishedFields = ({ id, contentType, key, tag, attributes, businessKey, publishedAtMs }: Message) => ({
  id,
  contentType,
  ...given({ key, tag, businessKey }),
  ...(attributes ? { attributes: { ...attributes } } : {}),
  publishedAt: timeText(publishedAtMs),
});

function fieldsOf(message: Handed): Fields {
  const { receipt, attempt, firstReceivedAtMs, lastError } = message;
  return {
    ...publishedFields(message),
    receipt,
    attempt,
    firstReceivedAt: timeText(firstReceivedAtMs),
    ...given({ lastError }),
  };
}

/** A message as JSON text. A JSON body is its publisher's own text: no digit is lost and nothing grows. */
function receivedText(message: Handed): string {
  return `${JSON.stringify(fieldsOf(message)).slice(0, -1)},${bodyField(message)}}`;
}

/**
 * The bytes that a message takes of an answer, as Lambda counts them, before it has a receipt. A larger one goes alone:
 * as base64, any that can be published fits.
 */
export function receivedBytes(message: Message): number {
  const fields = JSON.stringify(publishedFields(message));
  return escapedBytes(fields) + escapedBytes(bodyField(message)) + HANDED_BYTES;
}

/** The answer to a receive. Where the messages fit and what was said of their failures does not, that is cut short. */
export function receivedAnswer(handed: readonly Handed[]): string {
  const whole = answerText(handed);
  const isFine = handed.every(({ lastError }) => lastError === undefined) || fits(whole, ANSWER_LIMIT_BYTES);
  return isFine ? whole : answerText(handed.map(withShortError));
}

const answerText = (handed: readonly Handed[]): string =>
  `{"messages":[${handed.map(receivedText).join(",")}]}`;

const withShortError = ({ lastError, ...message }: Handed): Handed =>
  lastError === undefined ? message : { ...message, lastError: lastError.slice(0, SHORT_ERROR_CHARACTERS) };

function bodyField({ body, contentType }: MessageContent): string {
  const text = typeof body === "string" ? valueText(body, contentType) : undefined;
  return text === undefined ? `"bodyBase64":"${Buffer.from(body).toString("base64")}"` : `"body":${text}`;
}

/** Text as a JSON value; undefined where base64 says it in less, or where no answer could hold it. */
function valueText(body: string, contentType: string): string | undefined {
  if (isJson(contentType)) return isJsonText(body) ? body : undefined;
  const text = JSON.stringify(body);
  const isShort = text.length <= Math.max(SHORT_CHARACTERS, body.length * BASE64_GROWTH);
  return isShort && fits(text, LARGEST_BODY_BYTES) ? text : undefined;
}

/** An answer goes as base64 where that is shorter than its escaped text (lambdas/api/gateway.ts). */
const fits = (text: string, limitBytes: number): boolean =>
  Buffer.byteLength(text) * BASE64_GROWTH <= limitBytes || escapedBytes(text) <= limitBytes;

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
