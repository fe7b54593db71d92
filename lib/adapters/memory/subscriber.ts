import type { Subscriber } from "../../domain/ports/subscriber.js";
import type { Subscription } from "../../domain/subscription.js";
import { copy } from "./storage.js";
import type { Handed } from "../../domain/handed.js";
import type { DeliveryOutcome } from "../../domain/delivery-outcome.js";

export type Handler = (messages: readonly Handed[]) => Promise<DeliveryOutcome>;

/** Push subscribers that are functions of this process, by their subscription's name. */
export class MemorySubscriber implements Subscriber {
  readonly handlers = new Map<string, Handler>();

  async deliver(
    { name }: Pick<Subscription, "name">,
    _target: unknown,
    messages: readonly Handed[],
  ): Promise<DeliveryOutcome> {
    const handler = this.handlers.get(name);
    if (!handler) return { kind: "unavailable", error: `nobody handles "${name}" in this process` };
    try {
      return await handler(copy(messages));
    } catch (error) {
      return { kind: "failed", error: String(error) };
    }
  }
}
