/** Who hears of an order: each with a table, a pace and troubles of its own. */
export const CONSUMERS = ["logistics", "cart", "points"] as const;
