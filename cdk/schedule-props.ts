import type { ITopic } from "./queue.js";
import type { ScheduleOptions } from "./schedule-options.js";

export interface ScheduleProps extends ScheduleOptions {
  readonly topic: ITopic;
}
