import type { z } from "zod";
import { isJson } from "../domain/message.js";
import type { FoundMessageAnswer, TraceAnswer } from "../http/contracts/found-message.js";
import { bodyText } from "./json-text.js";
import { parsed } from "./outcomes.js";

/** A message that was looked up by its id, and where it is. */
export type FoundMessage = z.output<typeof FoundMessageAnswer> & {
  /** A JSON `body` as its publisher wrote it, including digits that a JavaScript number cannot hold. */
  readonly bodyText?: string;
};
/** A message without its body, and a page of what became of it in the subscriptions of its topic. */
export type MessageTrace = z.output<typeof TraceAnswer>;
/** What became of a message in one subscription. */
export type TracedMessage = MessageTrace["items"][number];
/** One of its attempts that ended with an answer, where the topic is traced. */
export type Delivery = NonNullable<TracedMessage["deliveries"]>[number];

/** The message in a response. */
export function foundMessage(text: string): FoundMessage {
  const message = parsed(text) as FoundMessage;
  const body = isJson(message.contentType ?? "") ? bodyText(text) : undefined;
  return body === undefined ? message : { ...message, bodyText: body };
}
