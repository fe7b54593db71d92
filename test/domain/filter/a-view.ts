import { type MessageView, viewOf } from "../../../lib/domain/filter/view.js";
import type { MessageContent } from "../../../lib/domain/message.js";

/** A message with a JSON body, as filters see it. */
export function aView({
  body,
  ...meta
}: Partial<Omit<MessageContent, "body">> & { body?: unknown }): MessageView {
  const json = body === undefined ? {} : { body: JSON.stringify(body), contentType: "application/json" };
  return viewOf({ ...meta, ...json });
}
