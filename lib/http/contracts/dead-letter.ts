import { z } from "zod";
import { PageQuery, Problem, SubscriptionPath, Text, Time, listOf, notYet } from "./common.js";
import { Attributes, BodyFields, contentFields, metaFields, problemWithBody } from "./message.js";

const Id = z.string().min(1).max(200);
export const DeadLetterPath = SubscriptionPath.extend({ id: Id });

export const DeadLetterQuery = PageQuery.extend({
  key: metaFields.key.optional().meta({ description: "Only those with this ordering key" }),
  tag: metaFields.tag.optional().meta({ description: "Only those with this tag" }),
});

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
    reason: z
      .enum(["max-attempts", "rejected"])
      .meta({ description: "Whether it failed as often as it may, or its consumer rejected it" }),
    mended: z.literal(true).optional().meta({ description: "It was mended before, and failed again" }),
    deadLetteredAt: Time,
    expiresAt: Time.meta({ description: "When the dead letter is deleted" }),
  })
  .meta({ id: "DeadLetter" });

export const DeadLetterList = listOf(Entry);

export const DeadLetterAnswer = Entry.extend({
  ...contentFields,
  unreadable: z
    .string()
    .optional()
    .meta({
      description: "Why its body cannot be read, in place of the body",
      examples: ["segment-missing"],
    }),
}).meta({ id: "DeadLetterWithBody" });

export const RedriveBody = z
  .strictObject({
    ids: z.array(Id).min(1).max(100).optional().meta({ description: "The dead letters to send again" }),
    all: z.literal(true, { error: "must be true, or left out" }).optional(),
    cursor: z
      .string()
      .max(2_048)
      .optional()
      .meta({ description: "With all: nextCursor of the previous response" }),
    dryRun: z.boolean().default(false).meta({ description: "Only tell what would be sent again" }),
    filter: notYet("a filter"),
    ...BodyFields,
    attributes: Attributes.optional().meta({ description: "Replaces all attributes of the one in ids" }),
    ratePerSecond: notYet("a rate"),
  })
  .superRefine(({ ids, all, cursor, ...mend }, context) => {
    const problem = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: [path], message });
    if (ids === undefined && all === undefined) problem("ids", 'is required (or "all": true)');
    if (ids !== undefined && all !== undefined) problem("all", 'cannot be combined with "ids"');
    if (cursor !== undefined && all === undefined) problem("cursor", 'can only be given with "all"');
    for (const field of ["body", "bodyBase64", "attributes"] as const)
      if (mend[field] !== undefined && ids?.length !== 1) problem(field, "can only be given with one id");
    problemWithBody(mend, problem);
  });

export const RedriveAnswer = z.object({
  moved: z.number().int().meta({ description: "Sent again; with dryRun: would be sent again" }),
  refused: z
    .array(z.object({ id: z.string(), error: Problem }))
    .meta({ description: "Cannot be sent again; they stay as they are" }),
  nextCursor: z
    .string()
    .optional()
    .meta({ description: "With all: there are more; repeat the request with this cursor" }),
});

export const PurgeAnswer = z.object({
  deleted: z.number().int(),
  more: z.boolean().meta({ description: "Whether some are left: repeat the request" }),
});
