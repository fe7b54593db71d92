import type { Subscription } from "./subscription.js";
import type { Topic } from "./topic.js";

/** A subscription with its topic, as both were when they were looked up. */
export interface Reader {
  readonly topic: Topic;
  readonly subscription: Subscription;
}
