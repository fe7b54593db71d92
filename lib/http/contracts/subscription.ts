import { z } from "zod";
import { SUBSCRIPTION_DEFAULTS } from "../../domain/subscription.js";
import { Name, Time, listOf, notYet } from "./common.js";

const FUNCTION_ARN = /^arn:aws[\w-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]{1,140}(:[\w$-]+)?$/;

export const Target = z.discriminatedUnion(
  "type",
  [
    z.strictObject({ type: z.literal("pull") }),
    z.strictObject({
      type: z.literal("lambda"),
      functionArn: z.string().regex(FUNCTION_ARN, "is the ARN of a Lambda function"),
    }),
  ],
  { error: 'is { "type": "pull" } or { "type": "lambda", "functionArn" }; "https" is not available yet' },
);

const From = z.union(
  [
    z.enum(["latest", "earliest"]),
    z.strictObject({ time: z.iso.datetime({ offset: true }) }),
    z.strictObject({ id: z.string().min(1).max(200) }),
  ],
  { error: 'is "latest", "earliest", { "time" } or { "id" }' },
);

const Batch = z.strictObject({
  maxMessages: z.number().int().min(1).max(1_000).default(SUBSCRIPTION_DEFAULTS.batch.maxMessages),
  maxBytes: z.number().int().min(1_024).max(4_194_304).default(SUBSCRIPTION_DEFAULTS.batch.maxBytes),
  windowSeconds: notYet("a batching window"),
});

const fields = {
  target: Target,
  ackDeadlineSeconds: z.number().int().min(1).max(43_200),
  batch: Batch,
  maxConcurrency: z.number().int().min(1).max(1_000),
  paused: z.boolean(),
};

const later = {
  filter: notYet("filters"),
  retry: notYet("retry schedules"),
  rateLimitPerSecond: notYet("a rate limit"),
  deadLetter: notYet("dead letters"),
};

export const SubscriptionBody = z.strictObject({
  target: fields.target.default(SUBSCRIPTION_DEFAULTS.target),
  from: From.default("latest"),
  ackDeadlineSeconds: fields.ackDeadlineSeconds.default(SUBSCRIPTION_DEFAULTS.ackDeadlineSeconds),
  batch: fields.batch.default(SUBSCRIPTION_DEFAULTS.batch),
  maxConcurrency: fields.maxConcurrency.default(SUBSCRIPTION_DEFAULTS.maxConcurrency),
  paused: fields.paused.default(SUBSCRIPTION_DEFAULTS.paused),
  ...later,
});

export const SubscriptionChange = z.strictObject({ ...z.strictObject(fields).partial().shape, ...later });

export const SubscriptionAnswer = z
  .object({ name: Name, topic: Name, ...fields, createdAt: Time, updatedAt: Time })
  .meta({ id: "Subscription" });

export const SubscriptionWithState = SubscriptionAnswer.extend({
  state: z.object({
    backlog: z.number().int(),
    inFlight: z.number().int(),
    retrying: z.number().int(),
    oldestUnackedAgeSeconds: z.number(),
  }),
}).meta({ id: "SubscriptionWithState" });

export const SubscriptionList = listOf(SubscriptionAnswer);
