import type { ReceivedMessage } from "../lib/client/index.js";

/** A message on one line: JSON as its publisher wrote it, other bytes as base64, and the receipt if asked for. */
export function lineOf(message: ReceivedMessage, withReceipt: boolean): string {
  const { id, attempt, lastError, key, receipt } = message;
  const fields = [
    id,
    lastError === undefined ? `attempt ${attempt}` : `attempt ${attempt} after ${JSON.stringify(lastError)}`,
    ...(key === undefined ? [] : [`key ${key}`]),
    bodyOf(message),
    ...(withReceipt ? [`receipt ${receipt}`] : []),
  ];
  return `${fields.join("\t")}\n`;
}

type Body = Pick<ReceivedMessage, "body" | "bodyText" | "bodyBase64" | "bodyUrl" | "bodyBytes">;

/** A body on one line. */
export function bodyOf({ body, bodyText, bodyBase64, bodyUrl, bodyBytes }: Body): string {
  if (bodyUrl !== undefined) return `${bodyBytes} bytes at ${bodyUrl}`;
  if (bodyBase64 !== undefined) return `base64 ${bodyBase64}`;
  return bodyText?.replace(LINE_BREAKS, " ") ?? JSON.stringify(body);
}

/** In valid JSON these occur only between values. */
const LINE_BREAKS = /[\r\n\t]+/g;

/** A message as JSON, with its body as the publisher wrote it. */
export function jsonOf({ bodyText, ...message }: Body): string {
  if (bodyText === undefined) return JSON.stringify(message);
  const { body: _, ...others } = message;
  return `${JSON.stringify(others).slice(0, -1)},"body":${bodyText}}`;
}

/** The same on one line. */
export const jsonLineOf = (message: Body): string => `${jsonOf(message).replace(LINE_BREAKS, " ")}\n`;
