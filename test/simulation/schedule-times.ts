/** What somebody does to a schedule, or to the schema of its topic. */
export type ScheduleAct =
  "put" | "message" | "cron" | "pause" | "resume" | "run" | "delete" | "look" | "loosen" | "tighten";

/** Somebody who has schedules. */
export interface SchedulerPlan {
  readonly names: readonly string[];
  readonly steps: number;
  /** How long it waits between two steps, at the most. */
  readonly gapMs: number;
  /** The share of its steps with which all clocks are out for a while. */
  readonly outages: number;
  /** Of each message, where the topic asks for one. */
  readonly key: string | undefined;
  /** Its topic has a schema, which some of its messages do not fit; default: no. */
  readonly hasSchema?: true;
  /** What it does, in this order; default: anything. */
  readonly acts?: readonly ScheduleAct[];
}

/** Runs evenly, whatever the zone: so a checker knows the times without the product's help. */
export const PERIODS_MS: Readonly<Record<string, number>> = {
  "* * * * *": 60_000,
  "*/2 * * * *": 120_000,
  "*/5 * * * *": 300_000,
  "0 * * * *": 3_600_000,
};
