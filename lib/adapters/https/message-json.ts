import type { Handed } from "../../domain/handed.js";
import { jsonValue } from "../../domain/json-value.js";
import { type Message, bodyElsewhere } from "../../domain/message.js";

/** RFC 3339 in UTC with milliseconds. */
export const timeText = (timeMs: number): string => new Date(timeMs).toISOString();

/** A message as the API hands it out, without a receipt: nothing is settled by hand. */
export function messageJson(message: Handed): string {
  const { id, contentType, key, tag, businessKey, dedupId, attributes, publishedAtMs } = message;
  const { traceparent, tracestate } = message;
  const { attempt, firstReceivedAtMs, lastError } = message;
  const fields = {
    id,
    contentType,
    key,
    tag,
    businessKey,
    dedupId,
    traceparent,
    tracestate,
    attributes,
    publishedAt: timeText(publishedAtMs),
    attempt,
    firstReceivedAt: timeText(firstReceivedAtMs),
    lastError,
    ...bodyElsewhere(message),
  };
  return withContent(fields, message, "body", "bodyBase64");
}

/** Adds the body to an object's JSON: as its publisher wrote it if that is JSON, so that no digit is lost. */
export function withContent(
  fields: object,
  { body, contentType, uploaded }: Message,
  name: string,
  base64Name: string,
): string {
  if (uploaded) return JSON.stringify(fields);
  const value = typeof body === "string" ? jsonValue(body, contentType) : undefined;
  const content =
    value === undefined ? `"${base64Name}":"${Buffer.from(body).toString("base64")}"` : `"${name}":${value}`;
  return `${JSON.stringify(fields).slice(0, -1)},${content}}`;
}
