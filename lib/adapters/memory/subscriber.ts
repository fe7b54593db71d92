import type { DeliveryOutcome } from "../../domain/delivery-outcome.js";
import type { Handed } from "../../domain/handed.js";
import { type Message, messageSizeBytes } from "../../domain/message.js";
import type { Subscriber } from "../../domain/ports/subscriber.js";
import type { Reader } from "../../domain/reader.js";
import { copy } from "./storage.js";

export type Handler = (messages: readonly Handed[]) => Promise<DeliveryOutcome>;

/** Push subscribers that are functions in this process, by subscription name. */
export class MemorySubscriber implements Subscriber {
  readonly handlers = new Map<string, Handler>();
  /** The most message bytes that a handler takes at once. */
  limit = Infinity;

  limitBytes(): number {
    return this.limit;
  }

  sizeBytes(_reader: Reader, message: Message): number {
    return messageSizeBytes(message);
  }

  async deliver({ subscription }: Reader, messages: readonly Handed[]): Promise<DeliveryOutcome> {
    const { name } = subscription;
    const handler = this.handlers.get(name);
    if (!handler) {
      const error = `nobody handles "${name}" in this process`;
      return { kind: "unavailable", reason: "missing", error };
    }
    try {
      return await handler(copy(messages));
    } catch (error) {
      return { kind: "failed", error: String(error) };
    }
  }
}
