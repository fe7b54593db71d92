import type { Subscription } from "./subscription.js";

/**
 * All push subscriptions of a topic, paused or not, together. It is right as long as the topic's subscriptions have
 * changed exactly so often.
 */
export interface Roster {
  readonly changes: number;
  readonly keptAtMs: number;
  readonly subscriptions: readonly Subscription[];
}
