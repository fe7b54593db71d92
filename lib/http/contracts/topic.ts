import { z } from "zod";
import { PARTITIONS_AT_MOST, TOPIC_DEFAULTS, TRACE_LEVELS } from "../../domain/topic.js";
import { Name, Text, Time, listOf } from "./common.js";

const isObject = (value: unknown): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Checked as a schema where it is set: here it is any object. */
const BodySchema = z
  .unknown()
  .refine(isObject, "must be an object: a JSON Schema, or null for none")
  .meta({
    id: "BodySchema",
    type: "object",
    description: "A JSON Schema (draft 2020-12), which bodies have to fit when they are published",
    examples: [{ type: "object", required: ["order"], properties: { order: { type: "string" } } }],
  });

const SchemaOrNone = z.union([BodySchema, z.null()]).optional();

const fields = {
  ordering: z
    .enum(["none", "key"])
    .meta({ description: "Whether messages with the same key keep their order; cannot be changed later" }),
  partitions: z
    .number()
    .int()
    .min(1)
    .max(PARTITIONS_AT_MOST)
    .meta({ description: "May grow later if ordering is none" }),
  retentionSeconds: z
    .number()
    .int()
    .min(3_600)
    .max(31_536_000)
    .meta({ description: "How long a message is kept" }),
  dedupWindowSeconds: z.number().int().min(0).max(604_800).meta({
    description: "How long a dedupId is known from its first message on; 0: it is not looked at",
  }),
  paused: z
    .enum(["none", "publish", "delivery", "all"])
    .meta({ description: "What is held back: publishes are refused, deliveries wait" }),
  description: Text.max(1_000),
  trace: z.enum(TRACE_LEVELS).meta({
    description:
      "attempts: when each began, how long it took and how it ended is kept, for traces; costs a write",
  }),
};

export const TopicBody = z.strictObject({
  ordering: fields.ordering.default(TOPIC_DEFAULTS.ordering),
  partitions: fields.partitions.default(TOPIC_DEFAULTS.partitions),
  retentionSeconds: fields.retentionSeconds.default(TOPIC_DEFAULTS.retentionSeconds),
  dedupWindowSeconds: fields.dedupWindowSeconds.default(TOPIC_DEFAULTS.dedupWindowSeconds),
  paused: fields.paused.default(TOPIC_DEFAULTS.paused),
  description: fields.description.default(TOPIC_DEFAULTS.description),
  trace: fields.trace.default("off"),
  schema: SchemaOrNone,
});

export const TopicChange = z.strictObject({
  ...z.strictObject(fields).partial().shape,
  schema: SchemaOrNone,
});

export const TopicAnswer = z
  .object({ name: Name, ...fields, schema: BodySchema.optional(), createdAt: Time, updatedAt: Time })
  .meta({ id: "Topic" });

export const TopicList = listOf(TopicAnswer);
