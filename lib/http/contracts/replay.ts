import { z } from "zod";
import { Time, listOf } from "./common.js";
import { jobsRate } from "./dead-letter.js";
import { FilterPattern } from "./filter.js";
import { metaFields } from "./message.js";

const Bound = { time: z.iso.datetime({ offset: true }), id: z.string().min(1).max(200) };

const From = z.union(
  [z.literal("earliest"), z.strictObject({ time: Bound.time }), z.strictObject({ id: Bound.id })],
  { error: 'must be "earliest", { "time" } or { "id" }' },
);
const To = z.union([z.strictObject({ time: Bound.time }), z.strictObject({ id: Bound.id })], {
  error: 'must be { "time" } or { "id" }',
});

export const ReplayBody = z.strictObject({
  from: From.meta({ description: "Where it begins: with what was published then, or with that message" }),
  to: To.optional().meta({
    description: "Where it ends: with what was published then, or with that message. Default: now",
  }),
  key: metaFields.key.optional(),
  businessKey: metaFields.businessKey.optional(),
  filter: FilterPattern.optional(),
  ratePerSecond: jobsRate("The most that are delivered again in a second"),
  dryRun: z.boolean().default(false).meta({ description: "Only tell what would be delivered again" }),
});

const count = (description: string) => z.number().int().meta({ description });
const counts = {
  read: count("How many messages of the log it has passed"),
  matched: count("How many of them it asks for, as does the subscription's own filter"),
  moved: count("How many of those are delivered again; with dryRun: would be"),
  underWay: count("How many of those come anyway: a consumer has them, or they wait for another attempt"),
  deadLetters: count("How many of those are dead letters: a redrive sends them again"),
  expired: count("How many it has passed that had expired"),
  erased: count("How many it has passed that were erased"),
  unreadable: count("How many it has passed that cannot be read"),
  reached: Time.optional().meta({ description: "When the last message that it has passed was published" }),
};

export const ReplayJobAnswer = z
  .object({
    id: z.string(),
    state: z.enum(["running", "done", "cancelled", "failed"]),
    from: From,
    to: To.optional(),
    key: z.string().optional(),
    businessKey: z.string().optional(),
    filter: z.unknown().optional(),
    ratePerSecond: z.number().optional(),
    ...counts,
    partitionsLeft: count("How many partitions it has still to read, the one that it is at included"),
    startedAt: Time,
    startedBy: z.string().optional().meta({ description: "The ARN of who asked for it" }),
    endedAt: Time.optional(),
    endedBy: z.string().optional().meta({ description: "The ARN of who cancelled it" }),
    error: z.string().optional().meta({ description: "Why it failed" }),
    expiresAt: Time.optional().meta({ description: "When this record is deleted" }),
  })
  .meta({ id: "ReplayJob" });

export const ReplayJobList = listOf(ReplayJobAnswer);

const WouldReplay = z
  .object({
    ...counts,
    isAll: z
      .boolean()
      .meta({ description: "Whether it looked at everything, or ended as its time was over" }),
    partitionsLeft: count("Of how many partitions it has not looked at everything"),
  })
  .meta({ id: "WouldReplay" });

export const ReplayStarted = z.object({ job: ReplayJobAnswer }).meta({ id: "ReplayStarted" });
export const ReplayAnswer = z.union([WouldReplay, ReplayStarted]);
