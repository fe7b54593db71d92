import type { Reader } from "./reader.js";
import { type Narrowed, type Subscription, type SubscriptionRef, subscriptionKey } from "./subscription.js";
import { type Topic, deliveryIsPaused } from "./topic.js";

/**
 * The most deliveries that one pump keeps in flight. Each holds a socket: half of a function's 1,024 file descriptors
 * are left to everything else.
 */
export const LANE_WIDTH = 512;

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

/** What is in a lane's note; nothing in any other text. */
export function noteElements(text: string | undefined): readonly unknown[] {
  try {
    const found: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(found) ? found : [];
  } catch {
    return [];
  }
}

/** The stragglers in a lane's note; none in any other text. */
export const stragglersIn = (text: string | undefined): readonly Straggler[] =>
  noteElements(text).filter(isStraggler);

const isStraggler = (value: unknown): value is Straggler => {
  const { leaseId, untilMs } = (value ?? {}) as Partial<Straggler>;
  return typeof leaseId === "string" && typeof untilMs === "number";
};

type Wide = {
  readonly topic: Pick<Topic, "ordering">;
  readonly subscription: Pick<Subscription, "maxConcurrency">;
};

/**
 * The number of a push subscription's lanes, each up to `laneWidth` deliveries wide. One is cheapest, because its pump
 * owns the subscription. With ordering there is one: two pumps would not know which keys the other has.
 */
export const laneCount = ({ topic, subscription }: Wide, laneWidth: number): number =>
  topic.ordering === "key" ? 1 : Math.ceil(subscription.maxConcurrency / laneWidth);

/**
 * A lane's share of `maxConcurrency`; the shares of all lanes add up to it exactly, but for ordering, which has no more
 * than one lane's width. Every lane but the last has the
 * full width, so that another `maxConcurrency` changes no share but the last, and adds or ends lanes behind it.
 */
export function laneConcurrency(reader: Wide, lane: number, laneWidth: number): number {
  const { maxConcurrency } = reader.subscription;
  if (lane >= laneCount(reader, laneWidth)) return 0;
  return Math.min(laneWidth, Math.max(0, maxConcurrency - lane * laneWidth));
}

/** A delivery of at most fifteen minutes, a lane that died, and clocks that are two minutes apart. */
const NARROWED_FOR_MS = 20 * 60_000;

/** What a subscription has to remember as its `maxConcurrency` changes to `to`. */
export function narrowedBy(
  reader: Wide & { readonly subscription: Pick<Subscription, "narrowed"> },
  to: number,
  { laneWidth, nowMs }: { readonly laneWidth: number; readonly nowMs: number },
): Narrowed | undefined {
  const { maxConcurrency, narrowed } = reader.subscription;
  const lanes = laneCount({ ...reader, subscription: { maxConcurrency: to } }, laneWidth);
  const isNarrower = lanes < laneCount(reader, laneWidth);
  if (!isNarrower) return narrowed;
  const before = narrowed && nowMs - narrowed.atMs < NARROWED_FOR_MS ? narrowed.from : 0;
  return { from: Math.max(maxConcurrency, before), atMs: nowMs };
}

/** The lanes of which deliveries may still run that count against a single lane's `maxConcurrency`. */
export function lanesBehind(
  reader: Wide & { readonly subscription: Pick<Subscription, "narrowed"> },
  lane: number,
  { laneWidth, nowMs }: { readonly laneWidth: number; readonly nowMs: number },
): readonly number[] {
  const { narrowed } = reader.subscription;
  if (!narrowed || lane > 0 || laneCount(reader, laneWidth) > 1) return [];
  if (Math.abs(nowMs - narrowed.atMs) >= NARROWED_FOR_MS) return [];
  const before = laneCount({ ...reader, subscription: { maxConcurrency: narrowed.from } }, laneWidth);
  return Array.from({ length: Math.max(0, before - 1) }, (_, index) => index + 1);
}

export const laneName = ({ subscription, lane }: LaneRef): string =>
  `${subscriptionKey(subscription)}#${lane}`;

export const isPushable = ({ topic, subscription: { target, paused, disabled } }: Reader): boolean =>
  target.type !== "pull" && !paused && !disabled && !deliveryIsPaused(topic);
