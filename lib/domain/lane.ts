import type { Reader } from "./reader.js";
import { type SubscriptionRef, subscriptionKey } from "./subscription.js";
import { deliveryIsPaused } from "./topic.js";

/** Names one pump: a lane of a push subscription. */
export interface LaneRef {
  readonly subscription: SubscriptionRef;
  readonly lane: number;
}

/** A delivery that goes on when its pump has let go of its lane. */
export interface Straggler {
  /** Stands behind it until its outcome is written down. */
  readonly leaseId: string;
  /** By then it is over. */
  readonly untilMs: number;
}

/** What a pump leaves in its lane for the next one to read. */
export const stragglersText = (stragglers: readonly Straggler[]): string => JSON.stringify(stragglers);

/** The inverse of {@link stragglersText}; nothing where it is anything else. */
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

/** Deliveries that one pump keeps in flight at the most: what one small function can await. */
export const LANE_WIDTH = 32;

/** How many pumps a push subscription has: one is cheapest, since it owns the subscription. */
export const laneCount = (maxConcurrency: number): number => Math.ceil(maxConcurrency / LANE_WIDTH);

/** The share of `maxConcurrency` that a lane may use: the shares add up to it exactly. */
export function laneConcurrency(maxConcurrency: number, lane: number): number {
  const lanes = laneCount(maxConcurrency);
  return Math.floor(maxConcurrency / lanes) + (lane < maxConcurrency % lanes ? 1 : 0);
}

export const laneName = ({ subscription, lane }: LaneRef): string =>
  `${subscriptionKey(subscription)}#${lane}`;

export const isPushable = ({ topic, subscription: { target, paused } }: Reader): boolean =>
  target.type !== "pull" && !paused && !deliveryIsPaused(topic);

/** With ordering the lanes divide the partitions; without, every lane serves them all. */
export function servedBy(
  { topic, subscription: { maxConcurrency } }: Reader,
  lane: number,
): (partition: number) => boolean {
  const lanes = laneCount(maxConcurrency);
  return topic.ordering === "key" ? (partition) => partition % lanes === lane : () => true;
}
