/**
 * Serves the requests that wait for messages, as the API's own function would: in a function with less memory, because
 * a wait is billed by the memory that does nothing.
 */
export { handler } from "./api.js";
