import type { Message } from "./message.js";
import type { MessageHeader } from "./slot-header.js";

/** What somebody wants who reads without a subscription; nothing given: every message. */
export interface Selection {
  readonly key?: string;
  readonly businessKey?: string;
}

/** The same text for the same selection, and for no other. */
export const selectionText = ({ key, businessKey }: Selection): string =>
  JSON.stringify([key ?? null, businessKey ?? null]);

export const isSelected = (
  { key, businessKey }: Selection,
  message: Pick<Message, "key" | "businessKey">,
): boolean =>
  (key === undefined || message.key === key) &&
  (businessKey === undefined || message.businessKey === businessKey);

/** A message that is there, and whose stored bytes cannot be read: what is known of it, and why. */
export interface UnreadableMessage
  extends
    Pick<Message, "id" | "partition" | "offset" | "publishedAtMs">,
    Pick<MessageHeader, "key" | "tag" | "attributes"> {
  readonly unreadable: string;
}

export type ReadMessage = Message | UnreadableMessage;

export const isUnreadable = (message: ReadMessage): message is UnreadableMessage => "unreadable" in message;
