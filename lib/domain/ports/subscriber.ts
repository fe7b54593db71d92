import type { DeliveryOutcome } from "../delivery-outcome.js";
import type { Handed } from "../handed.js";
import type { Message } from "../message.js";
import type { Reader } from "../reader.js";
import type { Target } from "../subscription.js";

/** Calls a push subscription's target. */
export interface Subscriber {
  /**
   * The most that one call of the target can carry, as a sum of `sizeBytes`. Every message that can be published fits
   * alone.
   */
  limitBytes(target: Target): number;
  /** A message's size as it is sent. It is needed before the message is handed out, so it is an upper bound. */
  sizeBytes(reader: Reader, message: Message): number;
  /** Never throws: every failure is an outcome. */
  deliver(reader: Reader, messages: readonly Handed[]): Promise<DeliveryOutcome>;
}
