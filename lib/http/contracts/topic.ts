import { z } from "zod";
import { TOPIC_DEFAULTS } from "../../domain/topic.js";
import { Name, Text, Time, listOf, notYet } from "./common.js";

const fields = {
  ordering: z
    .enum(["none", "key"])
    .meta({ description: "Whether messages with the same key keep their order; cannot be changed later" }),
  partitions: z.number().int().min(1).max(256).meta({ description: "May grow later if ordering is none" }),
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
};

const later = { schema: notYet("schemas") };

export const TopicBody = z.strictObject({
  ordering: fields.ordering.default(TOPIC_DEFAULTS.ordering),
  partitions: fields.partitions.default(TOPIC_DEFAULTS.partitions),
  retentionSeconds: fields.retentionSeconds.default(TOPIC_DEFAULTS.retentionSeconds),
  dedupWindowSeconds: fields.dedupWindowSeconds.default(TOPIC_DEFAULTS.dedupWindowSeconds),
  paused: fields.paused.default(TOPIC_DEFAULTS.paused),
  description: fields.description.default(TOPIC_DEFAULTS.description),
  ...later,
});

export const TopicChange = z.strictObject({ ...z.strictObject(fields).partial().shape, ...later });

export const TopicAnswer = z
  .object({ name: Name, ...fields, createdAt: Time, updatedAt: Time })
  .meta({ id: "Topic" });

export const TopicList = listOf(TopicAnswer);
