import type { Message } from "../../domain/message.js";
import type { Offset } from "../../domain/slot.js";

/** A message that can be handed out, and where it lies. */
export interface PlacedMessage {
  readonly message: Message;
  readonly slotBase: Offset;
}
