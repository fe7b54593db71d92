import { z } from "zod";
import { RATE_AT_LEAST, RATE_AT_MOST } from "../../domain/rate.js";
import { Problem, SubscriptionPath, Text, Time, listOf } from "./common.js";
import { FailedAttempts } from "./failed-attempt.js";
import { FilterPattern } from "./filter.js";
import { Attributes, BodyFields, contentFields, problemWithBody, senderFields } from "./message.js";
import { MessageQuery } from "./message-query.js";

const Id = z.string().min(1).max(200);
export const DeadLetterPath = SubscriptionPath.extend({ id: Id });

export const DeadLetterQuery = MessageQuery;

export const Reason = z
  .enum(["max-attempts", "rejected"])
  .meta({ description: "Whether it failed as often as it may, or its consumer rejected it" });

const Entry = z
  .object({
    id: z.string().meta({ description: "The message's id" }),
    contentType: z.string(),
    sizeBytes: z.number().int().meta({ description: "Of its body" }),
    key: z.string().optional(),
    tag: z.string().optional(),
    businessKey: z.string().optional(),
    publishedAt: Time,
    attempt: z.number().int().meta({ description: "How often it was handed out" }),
    firstReceivedAt: Time.optional(),
    error: Text.optional().meta({ description: "Why it failed last" }),
    reason: Reason,
    mended: z.literal(true).optional().meta({ description: "It was mended before, and failed again" }),
    deadLetteredAt: Time,
    expiresAt: Time.meta({ description: "When the dead letter is deleted" }),
  })
  .meta({ id: "DeadLetter" });

export const DeadLetterList = listOf(Entry);

export const DeadLetterAnswer = Entry.extend({
  attempts: FailedAttempts,
  publishedBy: senderFields.publishedBy,
  ...contentFields,
  unreadable: z
    .string()
    .optional()
    .meta({
      description: "Why its body cannot be read, in place of the body",
      examples: ["segment-missing"],
    }),
}).meta({ id: "DeadLetterWithBody" });

/** How fast a job goes on. */
export const jobsRate = (description: string) =>
  z.number().min(RATE_AT_LEAST).max(RATE_AT_MOST).optional().meta({ description });

export const RedriveBody = z
  .strictObject({
    ids: z.array(Id).min(1).max(100).optional().meta({ description: "The dead letters to send again" }),
    all: z.literal(true, { error: "must be true, or left out" }).optional(),
    filter: FilterPattern.optional(),
    ratePerSecond: jobsRate("The most that are sent again in a second"),
    dryRun: z.boolean().default(false).meta({ description: "Only tell what would be sent again" }),
    cursor: z
      .string()
      .max(2_048)
      .optional()
      .meta({ description: "With dryRun: nextCursor of the previous response" }),
    ...BodyFields,
    attributes: Attributes.optional().meta({ description: "Replaces all attributes of the one in ids" }),
  })
  .superRefine(({ ids, all, filter, cursor, dryRun, ratePerSecond, ...mend }, context) => {
    const problem = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: [path], message });
    if (ids === undefined && all === undefined && filter === undefined)
      problem("ids", 'is required (or "filter", or "all": true)');
    if (ids !== undefined && all !== undefined) problem("all", 'cannot be combined with "ids"');
    if (filter !== undefined && (all ?? ids) !== undefined)
      problem("filter", 'cannot be combined with "ids" or "all"');
    if (cursor !== undefined && (!dryRun || ids !== undefined))
      problem("cursor", 'can only be given with "dryRun", and with "filter" or "all"');
    for (const field of ["body", "bodyBase64", "attributes"] as const) {
      if (mend[field] === undefined) continue;
      if (ids?.length !== 1) problem(field, "can only be given with one id");
      else if (ratePerSecond !== undefined) problem(field, 'cannot be combined with "ratePerSecond"');
    }
    problemWithBody(mend, problem);
  });

const Redriven = z
  .object({
    moved: z.number().int().meta({ description: "Sent again; with dryRun: would be sent again" }),
    refused: z
      .array(z.object({ id: z.string(), error: Problem }))
      .meta({ description: "Cannot be sent again; they stay as they are" }),
    total: z.number().int().optional().meta({ description: "With dryRun: how many dead letters there are" }),
    examined: z.number().int().optional().meta({ description: "With dryRun: how many it looked at" }),
    sample: z.array(Entry).optional().meta({ description: "With dryRun: some that would be sent again" }),
    nextCursor: z
      .string()
      .optional()
      .meta({ description: "With dryRun: it stopped here; the same request with this cursor goes on" }),
  })
  .meta({ id: "Redriven" });

export const RedriveJobAnswer = z
  .object({
    id: z.string(),
    state: z.enum(["running", "done", "cancelled", "failed"]),
    filter: z.unknown().optional().meta({ description: "What it selects by" }),
    ratePerSecond: z.number().optional(),
    total: z.number().int().meta({ description: "How many dead letters there were when it started" }),
    examined: z.number().int().meta({ description: "How many of them it has looked at" }),
    moved: z.number().int().meta({ description: "How many it has sent again" }),
    refused: z.number().int().meta({ description: "How many cannot be sent again; they stay as they are" }),
    refusals: z
      .array(z.object({ id: z.string(), code: z.string() }))
      .meta({ description: "The first of these, with the code of the reason" }),
    startedAt: Time,
    startedBy: z.string().optional().meta({ description: "The ARN of who asked for it" }),
    endedAt: Time.optional(),
    endedBy: z.string().optional().meta({ description: "The ARN of who cancelled it" }),
    error: z.string().optional().meta({ description: "Why it failed" }),
    expiresAt: Time.optional().meta({ description: "When this record is deleted" }),
  })
  .meta({ id: "RedriveJob" });

export const JobPath = SubscriptionPath.extend({ id: z.string().min(1).max(100) });
export const RedriveJobList = listOf(RedriveJobAnswer);

export const RedriveStarted = z.object({ job: RedriveJobAnswer }).meta({ id: "RedriveStarted" });
export const RedriveAnswer = z.union([Redriven, RedriveStarted]);

export const DeadLetterHistory = z.object({
  items: z
    .array(
      z.object({
        act: z.enum(["redriven", "mended", "deleted", "purged", "erased"]).meta({
          description:
            "Sent again as it was, or with another content; deleted, alone or with all; or its message was erased",
        }),
        at: Time,
        by: z.string().optional().meta({ description: "The ARN of who asked for it" }),
        job: z.string().optional().meta({ description: "The redrive job that did it" }),
      }),
    )
    .meta({ description: "The earliest first" }),
});

export const PurgeAnswer = z.object({
  deleted: z.number().int(),
  more: z.boolean().meta({ description: "Whether some are left: repeat the request" }),
});
