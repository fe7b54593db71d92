import type { Duration } from "aws-cdk-lib";

/** What each run of a schedule publishes, up to 32 KB. */
export interface ScheduleMessage {
  /** Any JSON value. @default - `bodyBase64` */
  readonly body?: unknown;
  /** Bytes in base64, instead of `body`. @default - `body` */
  readonly bodyBase64?: string;
  /** The media type of `bodyBase64`. @default "application/octet-stream" */
  readonly contentType?: string;
  /** Ordering key; required where the topic's ordering is by key. @default - none */
  readonly key?: string;
  /** One word for filtering. @default - none */
  readonly tag?: string;
  /** At most 32. @default - none */
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
  /** A key to look the messages up by. @default - none */
  readonly businessKey?: string;
  /** How long after its run a message is still delivered, 1 second to 1 year. @default - the topic's retention */
  readonly expiresIn?: Duration;
}

/** What a schedule publishes, and when. */
export interface ScheduleOptions {
  /**
   * Its name in the API, 1 to 80 characters from `A-Z a-z 0-9 _ -`. A new name means a new schedule.
   * @default - the construct's id
   */
  readonly scheduleName?: string;
  /** Five fields, minute to day of week, or `@daily` and the like: `30 2 * * MON-FRI`. */
  readonly cron: string;
  /**
   * A name of the IANA database, in which `cron` is read: `TimeZone.EUROPE_BERLIN.timezoneName`.
   * @default "UTC"
   */
  readonly timeZone?: string;
  readonly message: ScheduleMessage;
  /**
   * Whether it does not run; what falls into the pause is not made up for. Each deployment that changes the schedule
   * sets it again; leave it out, and operators pause and resume over the API.
   * @default - false as it is created; then whatever was set over the API
   */
  readonly paused?: boolean;
  /** @default - none */
  readonly description?: string;
  /**
   * Whether a schedule of this name that was made over the API, or by another app, becomes this construct's, to be
   * deleted with it. Otherwise the deployment fails if there is one.
   * @default false
   */
  readonly adopt?: boolean;
}
