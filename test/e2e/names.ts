/**
 * The queues of the stack: `Main` for most tests; what `Fragile` has is broken by tests that break what all topics of a
 * queue share.
 */
export const QUEUES = ["Main", "Fragile"] as const;
export type QueueName = (typeof QUEUES)[number];

/** The deployed functions that messages are pushed to. Each can serve any number of subscriptions. */
export const SUBSCRIBERS = ["logistics", "cart", "points"] as const;

/** The deployed function that is written with Powertools, as a consumer of SQS. */
export const CONSUMER = "powertools";

export type SubscriberName = (typeof SUBSCRIBERS)[number] | typeof CONSUMER;

/** What the stack declares beside functions. */
export const DECLARED = { topic: "declared", pull: "audit", push: "ship" } as const;
