import type { Span } from "../../domain/progress/spans.js";
import type { Message } from "../../domain/message.js";
import type { Offset } from "../../domain/slot.js";

/** A message, and the base of the slot that holds it. */
export interface PlacedMessage {
  readonly message: Message;
  readonly slotBase: Offset;
}

/** A message with its span, which knows its past attempts. */
export type SpanEntry = PlacedMessage & { readonly span: Span };
