import type { DeliveryOutcome } from "../delivery-outcome.js";
import type { Handed } from "../handed.js";
import type { Message } from "../message.js";
import type { Reader } from "../reader.js";
import type { Target } from "../subscription.js";

/** Calls a push subscription's target. */
export interface Subscriber {
  /**
   * What one delivery to the target can carry: the sum of `sizeBytes` of its messages stays within it. Every message
   * that can be published fits alone.
   */
  limitBytes(target: Target): number;
  /** What a message takes of that, encoded as it is sent; counted before it is handed out, so never too little. */
  sizeBytes(reader: Reader, message: Message): number;
  /** Never throws: every way to fail is an outcome. */
  deliver(reader: Reader, messages: readonly Handed[]): Promise<DeliveryOutcome>;
}
