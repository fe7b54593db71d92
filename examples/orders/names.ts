export const TOPIC = "orders";
