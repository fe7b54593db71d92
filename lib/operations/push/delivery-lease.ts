import type { Subscription } from "../../domain/subscription.js";

/** The longest that a subscriber's function runs. */
const HANDLER_AT_MOST_MS = 900_000;
/** The most that the clocks of two pumps differ. */
const CLOCKS_APART_MS = 60_000;
/** A lease outlives two failed renewals. */
const LEASE_AT_LEAST_MS = 60_000;

/**
 * How long a lease protects a delivery without renewal. It covers the subscription's ack deadline, so that a handler
 * that keeps to it is not run twice even if its pump dies.
 */
export const deliveryLeaseMs = ({ ackDeadlineSeconds }: Subscription): number =>
  Math.min(HANDLER_AT_MOST_MS + CLOCKS_APART_MS, Math.max(LEASE_AT_LEAST_MS, ackDeadlineSeconds * 1_000));

/** When a delivery that began then is over, by whichever clock. */
export const overByMs = (startedAtMs: number): number => startedAtMs + HANDLER_AT_MOST_MS + CLOCKS_APART_MS;
