import { postedBytes } from "./adapters/https/sizes.js";
import type { Subscriber } from "./domain/ports/subscriber.js";

/** What delivers to one kind of target. */
type Deliverer = Pick<Subscriber, "deliver">;

/**
 * Calls each subscription's target by its type. What webhooks need is loaded with the first of them: most pumps have
 * none, and every start would wait for it.
 */
export function subscribers(lambda: Subscriber, openHttps: () => Promise<Deliverer>): Subscriber {
  let https: Promise<Deliverer> | undefined;
  return {
    limitBytes: (target) => (target.type === "https" ? Infinity : lambda.limitBytes(target)),
    sizeBytes: (reader, message) =>
      reader.subscription.target.type === "https" ? postedBytes(message) : lambda.sizeBytes(reader, message),
    deliver: async (reader, messages) => {
      if (reader.subscription.target.type !== "https") return await lambda.deliver(reader, messages);
      https ??= openHttps();
      return await (await https).deliver(reader, messages);
    },
  };
}
