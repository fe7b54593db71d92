import type { Subscription } from "./subscription.js";
import type { Topic } from "./topic.js";

/** A subscription with its topic, as both were when they were looked up. */
export interface Reader {
  readonly topic: Topic;
  readonly subscription: Subscription;
  /** The most messages of a delivery, where a session's have fewer: what is sent keeps the shape that this gives it. */
  readonly fullBatch?: number;
}
