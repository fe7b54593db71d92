import type { ITopic } from "./queue.js";
import type { ScheduleOptions } from "./schedule-options.js";

/** A schedule that is made on its own. */
export interface ScheduleProps extends ScheduleOptions {
  readonly topic: ITopic;
}
