/** What the back end bears, in orders a second: it refuses more. */
export const BEARS_PER_SECOND = 50;

const DELIVERIES_AT_ONCE = 2;
const ORDERS_IN_A_DELIVERY = 4;

/**
 * How the back end is delivered to. Of what reaches it within a second, some was on its way when the second began, and
 * the rest was started within it. So the rate leaves room for what may be on its way.
 */
export const DELIVERING = {
  maxConcurrency: DELIVERIES_AT_ONCE,
  batchMaxMessages: ORDERS_IN_A_DELIVERY,
  rateLimitPerSecond: BEARS_PER_SECOND - DELIVERIES_AT_ONCE * ORDERS_IN_A_DELIVERY,
} as const;
