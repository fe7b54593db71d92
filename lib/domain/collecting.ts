import { BEFORE_EXPIRY_MS, WINDOW_SECONDS_AT_MOST } from "./batch-window.js";
import type { Doorbell, News } from "./pump-start.js";
import { headerOf } from "./slot-header.js";
import type { Offset } from "./slot.js";
import type { Subscription } from "./subscription.js";

/** A partition's room in the delivery that is collected there. */
export interface Room {
  readonly partition: number;
  /** Whatever lies below leaves room for more, as long as it is small enough. */
  readonly below: Offset;
  /** Small enough: so many bytes of a slot for each of its messages. */
  readonly bytesEach: number;
}

/**
 * What a pump that let go of its lane leaves to the end of a window: what it has read waits for more messages. It lies
 * in the note of the lane, so that doorbells leave alone what they would not fill.
 */
export interface Collecting {
  /** When a pump is woken for it. */
  readonly untilMs: number;
  /** Which version of the subscription it was. */
  readonly version: number;
  readonly rooms: readonly Room[];
}

/** The note is part of a small item. A partition that it leaves out has its pump woken by each doorbell. */
export const ROOMS_AT_MOST = 16;
/** No window ends later than this from now: if one seems to, a clock was wrong. */
const CREDIBLE_FOR_MS = (WINDOW_SECONDS_AT_MOST + 60) * 1_000;

const isInForce = (
  { untilMs, version }: Collecting,
  subscription: Pick<Subscription, "version">,
  nowMs: number,
): boolean => version === subscription.version && nowMs < untilMs && untilMs - nowMs <= CREDIBLE_FOR_MS;

/**
 * Whether what lies ahead of the heads is collected, or has come since and leaves room by its count: a doorbell of what
 * is too large for that has a pump started.
 */
export const isCollected = (
  collecting: Collecting,
  subscription: Pick<Subscription, "version">,
  ahead: readonly News[],
  nowMs: number,
): boolean =>
  isInForce(collecting, subscription, nowMs) &&
  ahead.every(({ partition, end }) =>
    collecting.rooms.some((room) => room.partition === partition && end <= room.below),
  );

/** Whether all that rang joins what is collected, and still leaves room: then nobody need be woken before the end. */
export function joins(
  collecting: Collecting,
  subscription: Pick<Subscription, "version">,
  bells: readonly Doorbell[],
  nowMs: number,
): boolean {
  if (!isInForce(collecting, subscription, nowMs)) return false;
  const { untilMs, rooms } = collecting;
  return bells.every(({ partition, end, slot }) => {
    const room = rooms.find((one) => one.partition === partition);
    if (!room || end === undefined || slot?.unpackedBytes === undefined) return false;
    const isSmall = end <= room.below && slot.unpackedBytes <= room.bytesEach * slot.count;
    return isSmall && outlives(slot, untilMs + BEFORE_EXPIRY_MS);
  });
}

/** Whether no message of the slot is known to expire by then, and none may. */
function outlives(slot: NonNullable<Doorbell["slot"]>, untilMs: number): boolean {
  const headers = headerOf(slot);
  return headers !== "open-it" && headers.every(({ expiresAtMs = Infinity }) => expiresAtMs > untilMs);
}

export const isCollecting = (value: unknown): value is Collecting => {
  const { untilMs, version, rooms } = (value ?? {}) as Partial<Collecting>;
  return (
    typeof untilMs === "number" && typeof version === "number" && Array.isArray(rooms) && rooms.every(isRoom)
  );
};

const isRoom = (value: unknown): value is Room => {
  const { partition, below, bytesEach } = (value ?? {}) as Partial<Room>;
  return [partition, below, bytesEach].every((number) => typeof number === "number");
};
