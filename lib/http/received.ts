import type { z } from "zod";
import type { Handed } from "../domain/handed.js";
import { jsonValue } from "../domain/json-value.js";
import { type Message, type MessageContent, bodyElsewhere, isJson } from "../domain/message.js";
import type { SettleResult } from "../operations/consume/settle.js";
import type { ReceivedMessage, SettleAnswer } from "./contracts/consume.js";
import { timeText } from "./answers.js";
import { given } from "./given.js";
import { problemOf } from "./problem.js";

/**
 * A function's response is limited to 6 MB (6,291,556 bytes), counted in the JSON that Lambda wraps it in, where a
 * quote takes two bytes. The difference is for that envelope and the response's headers.
 */
export const ANSWER_LIMIT_BYTES = 6_000_000;
const SHORT_ERROR_CHARACTERS = 64;
/**
 * The most that these take: the receipt, the attempt, its time, and a short error whose characters escape to seven
 * bytes each.
 */
const HANDED_BYTES = 1_024;
/** What base64 adds to a body. */
const BASE64_GROWTH = 4 / 3;

type Fields = Omit<z.input<typeof ReceivedMessage>, "body" | "bodyBase64">;

export const publishedFields = ({
  id,
  contentType,
  key,
  tag,
  attributes,
  businessKey,
  dedupId,
  traceparent,
  tracestate,
  publishedBy,
  publishedAtMs,
}: Message) => ({
  id,
  contentType,
  ...given({ key, tag, businessKey, dedupId, traceparent, tracestate, publishedBy }),
  ...(attributes ? { attributes: { ...attributes } } : {}),
  publishedAt: timeText(publishedAtMs),
});

function fieldsOf(message: Handed): Fields {
  const { receipt, attempt, firstReceivedAtMs, lastError, isApart } = message;
  return {
    ...publishedFields(message),
    receipt,
    attempt,
    firstReceivedAt: timeText(firstReceivedAtMs),
    ...given({ lastError, alone: isApart }),
  };
}

/** A message as JSON text. A JSON body is inserted as its publisher wrote it, so no digit is lost and nothing grows. */
function receivedText(message: Handed): string {
  return `${JSON.stringify(fieldsOf(message)).slice(0, -1)},${bodyField(message, message.id)}}`;
}

/**
 * The most bytes that a message takes in a response, as Lambda counts them. A message above the limit goes alone: in
 * base64, every message that can be published fits.
 */
export function receivedBytes(message: Message): number {
  const fields = JSON.stringify(publishedFields(message));
  return escapedBytes(fields) + escapedBytes(bodyField(message, message.id)) + HANDED_BYTES;
}

/**
 * The response to a receive. If the messages fit only without their error texts, those are cut short. `results`: of
 * what it was to settle.
 */
export function receivedAnswer(handed: readonly Handed[], results?: readonly SettleResult[]): string {
  const settled = results ? `,"results":${JSON.stringify(settledAnswer(results))}` : "";
  const whole = answerText(handed, settled);
  const isFine = handed.every(({ lastError }) => lastError === undefined) || fits(whole, ANSWER_LIMIT_BYTES);
  return isFine ? whole : answerText(handed.map(withShortError), settled);
}

/** The most that the result of one settlement takes. */
export const RESULT_BYTES = 512;

export const settledAnswer = (results: readonly SettleResult[]): z.input<typeof SettleAnswer>["results"] =>
  results.map((result) =>
    result.kind === "ok" ? { status: "ok" as const } : { error: problemOf(result.error) },
  );

const answerText = (handed: readonly Handed[], settled: string): string =>
  `{"messages":[${handed.map(receivedText).join(",")}]${settled}}`;

const withShortError = ({ lastError, ...message }: Handed): Handed =>
  lastError === undefined ? message : { ...message, lastError: lastError.slice(0, SHORT_ERROR_CHARACTERS) };

/** The body's part of a message's JSON text: `"body":…`, `"bodyBase64":…`, or `"bodyUrl":…` and what is there. */
export function bodyField({ body, contentType, uploaded }: MessageContent, id: string): string {
  const elsewhere = bodyElsewhere({ id, ...given({ uploaded }) });
  if (elsewhere) return JSON.stringify(elsewhere).slice(1, -1);
  const text = typeof body === "string" ? jsonValue(body, contentType) : undefined;
  const isValue = text !== undefined && (isJson(contentType) || fits(text, LARGEST_BODY_BYTES));
  return isValue ? `"body":${text}` : `"bodyBase64":"${Buffer.from(body).toString("base64")}"`;
}

/** The gateway adapter sends a response as base64 if that is shorter than its escaped text (lambdas/api/gateway.ts). */
export const fits = (text: string, limitBytes: number): boolean =>
  Buffer.byteLength(text) * BASE64_GROWTH <= limitBytes || escapedBytes(text) <= limitBytes;

/** Leaves room for the message's other fields at their longest, escaped. */
const LARGEST_BODY_BYTES = 5_600_000;

export const escapedBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - 2;
