import type { Reader } from "./reader.js";
import { type SubscriptionRef, subscriptionKey } from "./subscription.js";
import { deliveryIsPaused } from "./topic.js";

/** Identifies one pump: a lane of a push subscription. */
export interface LaneRef {
  readonly subscription: SubscriptionRef;
  readonly lane: number;
}

/** A delivery that continues after its pump has released its lane. */
export interface Straggler {
  /** Exists until the delivery's outcome is written. */
  readonly leaseId: string;
  /** It is over by then. */
  readonly untilMs: number;
}

/** The note that a pump leaves in its lane for the next one. */
export const stragglersText = (stragglers: readonly Straggler[]): string => JSON.stringify(stragglers);

/** The inverse of {@link stragglersText}; empty for any other text. */
export function stragglersIn(text: string | undefined): readonly Straggler[] {
  try {
    const found: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(found) ? found.filter(isStraggler) : [];
  } catch {
    return [];
  }
}

const isStraggler = (value: unknown): value is Straggler => {
  const { leaseId, untilMs } = (value ?? {}) as Partial<Straggler>;
  return typeof leaseId === "string" && typeof untilMs === "number";
};

/** The most deliveries that one pump keeps in flight: what one small function can await. */
export const LANE_WIDTH = 32;

/** The number of a push subscription's pumps. One is cheapest, because it owns the subscription. */
export const laneCount = (maxConcurrency: number): number => Math.ceil(maxConcurrency / LANE_WIDTH);

/** A lane's share of `maxConcurrency`; the shares of all lanes add up to it exactly. */
export function laneConcurrency(maxConcurrency: number, lane: number): number {
  const lanes = laneCount(maxConcurrency);
  return Math.floor(maxConcurrency / lanes) + (lane < maxConcurrency % lanes ? 1 : 0);
}

export const laneName = ({ subscription, lane }: LaneRef): string =>
  `${subscriptionKey(subscription)}#${lane}`;

export const isPushable = ({ topic, subscription: { target, paused } }: Reader): boolean =>
  target.type !== "pull" && !paused && !deliveryIsPaused(topic);

/** With ordering, the lanes divide the partitions; without, every lane serves them all. */
export function servedBy(
  { topic, subscription: { maxConcurrency } }: Reader,
  lane: number,
): (partition: number) => boolean {
  const lanes = laneCount(maxConcurrency);
  return topic.ordering === "key" ? (partition) => partition % lanes === lane : () => true;
}
