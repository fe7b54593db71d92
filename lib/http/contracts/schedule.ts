import { z } from "zod";
import { SCHEDULE_DEFAULTS } from "../../domain/schedule.js";
import { Name, Text, Time, TopicPath, listOf } from "./common.js";
import { NewMessageFields, bodyProblems, contentFields } from "./message.js";

export const SchedulePath = z.strictObject({ ...TopicPath.shape, schedule: Name });

/** Each run is another message: what names one of them is refused. */
const OFF = "cannot be given: each run of a schedule is a message of its own";
const off = z
  .never({ error: OFF })
  .optional()
  .meta({ description: "Refused: each run is a message of its own" });

/** What each run publishes. */
export const ScheduledContentBody = NewMessageFields.extend({
  delaySeconds: off,
  deliverAt: off,
  dedupId: off,
  uploadId: off,
  traceparent: off,
  tracestate: off,
})
  .superRefine(bodyProblems)
  .meta({ id: "ScheduledMessageContent" });

const fields = {
  cron: Text.max(256).meta({
    description: "Five fields: minute, hour, day of month, month, day of week; or @daily and the like",
    examples: ["30 2 * * MON-FRI"],
  }),
  timeZone: Text.max(64).meta({
    description: "A name of the IANA database, in which cron is read",
    examples: ["Europe/Berlin"],
  }),
  message: ScheduledContentBody,
  paused: z
    .boolean()
    .meta({ description: "It does not run, and what falls into the pause is not made up for" }),
  description: Text.max(1_000),
};

export const ScheduleBody = z.strictObject({
  cron: fields.cron,
  timeZone: fields.timeZone.default(SCHEDULE_DEFAULTS.timeZone),
  message: fields.message,
  paused: fields.paused.default(SCHEDULE_DEFAULTS.paused),
  description: fields.description.default(SCHEDULE_DEFAULTS.description),
});

export const ScheduleChange = z.strictObject(fields).partial();

const answerFields = {
  name: Name,
  topic: Name,
  cron: z.string(),
  timeZone: z.string(),
  paused: z.boolean(),
  description: z.string(),
  nextRunAt: Time.optional().meta({ description: "Missing while it is paused" }),
  lastRunAt: Time.optional(),
  lastMessageId: z.string().optional().meta({ description: "The message that its last run published" }),
  lastRefusal: z.object({ at: Time, detail: z.string() }).optional().meta({
    description:
      "Why its last run published nothing: the topic's schema has changed since its message was set",
  }),
  createdAt: Time,
  updatedAt: Time,
};

export const ScheduleListed = z.object(answerFields).meta({ id: "ScheduleListed" });
export const ScheduleList = listOf(ScheduleListed);

export const ScheduleAnswer = z
  .object({
    ...answerFields,
    message: z.object({
      contentType: z.string(),
      key: z.string().optional(),
      tag: z.string().optional(),
      businessKey: z.string().optional(),
      expiresInSeconds: z.number().int().optional(),
      ...contentFields,
    }),
  })
  .meta({ id: "Schedule" });

export const ScheduleRun = z.object({ id: z.string(), publishedAt: Time }).meta({ id: "ScheduleRun" });
