export const TOPIC = "transfers";
export const SUBSCRIPTION = "bank";
/** A receiver that has not answered by then is asked again. */
export const TIMEOUT_SECONDS = 2;
