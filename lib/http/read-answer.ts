import type { z } from "zod";
import type { Message } from "../domain/message.js";
import { type ReadMessage, type UnreadableMessage, isUnreadable } from "../domain/reading.js";
import type { Reading } from "../operations/read/read-messages.js";
import { timeText } from "./answers.js";
import type { ReadAnswer, ReadMessageAnswer } from "./contracts/read.js";
import { given } from "./given.js";
import { bodyField, escapedBytes, publishedFields } from "./received.js";

/** A comma. */
const BETWEEN_BYTES = 1;

function unreadableText(message: UnreadableMessage): string {
  const { id, key, tag, attributes, publishedAtMs, unreadable } = message;
  const fields: z.input<typeof ReadMessageAnswer> = {
    id,
    ...given({ key, tag }),
    ...(attributes ? { attributes: { ...attributes } } : {}),
    publishedAt: timeText(publishedAtMs),
    unreadable,
  };
  return JSON.stringify(fields);
}

/** A JSON body is inserted as its publisher wrote it, so no digit is lost and nothing grows. */
const readableText = (message: Message): string =>
  `${JSON.stringify(publishedFields(message)).slice(0, -1)},${bodyField(message, message.id)}}`;

const textOf = (message: ReadMessage): string =>
  isUnreadable(message) ? unreadableText(message) : readableText(message);

/** The bytes that a message takes in a response, as Lambda counts them. */
export const readBytes = (message: ReadMessage): number => escapedBytes(textOf(message)) + BETWEEN_BYTES;

export function readAnswer({ messages, nextCursor, isEnd, missed }: Reading): string {
  const rest: Omit<z.input<typeof ReadAnswer>, "items"> = {
    nextCursor,
    atEnd: isEnd,
    ...(missed > 0 ? { missed } : {}),
  };
  return `{"items":[${messages.map(textOf).join(",")}],${JSON.stringify(rest).slice(1)}`;
}
