/** Who hears of every message: the same function three times. */
export const SUBSCRIBERS = ["first", "second", "third"] as const;
/** Who hears of what is published past the queue. */
export const BARE = "bare";
/** Requests in flight at the most. */
export const PUBLISHERS = 4;
export const STACK = "SluiceBench";
export const TOPIC = "orders";
/** A topic with one subscriber, who is called like it. */
export const LONE = "lone";

/** One delivery as its handler wrote it down: each message's number and how long it took from its publish. */
export interface Delivery {
  readonly subscriber: string;
  readonly at: number;
  /** JSON of {@link Taken}. */
  readonly taken: string;
}

export interface Taken {
  readonly numbers: readonly number[];
  readonly tookMs: readonly number[];
}
