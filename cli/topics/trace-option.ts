export { TRACE_LEVELS } from "../../lib/domain/topic.js";

export const TRACE_OPTION = [
  "--trace <what>",
  "attempts: when each began, how long it took and how it ended is kept for traces; or off; default: off",
] as const;
