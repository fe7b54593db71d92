import { z } from "zod";
import { RATE_AT_LEAST, RATE_AT_MOST } from "../../domain/rate.js";
import {
  ON_DEAD_LETTER,
  RETRY_SECONDS_AT_MOST,
  RETRY_WAITS_AT_MOST,
  SUBSCRIPTION_DEFAULTS,
} from "../../domain/subscription.js";
import { WINDOW_SECONDS_AT_MOST } from "../../domain/batch-window.js";
import { BREAKER_REASONS } from "../../domain/breaker.js";
import { Name, Time, listOf } from "./common.js";
import { Target, TargetAnswer } from "./target.js";

const From = z.union(
  [
    z.enum(["latest", "earliest"]),
    z.strictObject({ time: z.iso.datetime({ offset: true }) }),
    z.strictObject({ id: z.string().min(1).max(200) }),
  ],
  { error: 'must be "latest", "earliest", { "time" } or { "id" }' },
);

const batchFields = {
  maxMessages: z.number().int().min(1).max(1_000).meta({
    description: "The most messages in one delivery; by default 10, or 1 for a webhook",
  }),
  maxBytes: z.number().int().min(1_024).max(4_194_304).meta({
    description:
      "The most bytes in one delivery, attributes included; a single larger message is delivered alone",
  }),
  windowSeconds: z.number().int().min(0).max(WINDOW_SECONDS_AT_MOST).meta({
    description:
      "How long a message waits at the most until its delivery is full, counted from its publish. 0: no wait",
  }),
};

const Batch = z.strictObject(batchFields).partial();

const BackoffSeconds = z.number().int().min(1).max(RETRY_SECONDS_AT_MOST);
const retryFields = {
  maxAttempts: z
    .number()
    .int()
    .min(1)
    .max(1_000)
    .meta({ description: "After so many failures of its own a message becomes a dead letter" }),
  minBackoffSeconds: BackoffSeconds.meta({ description: "The wait after the first failure, and the least" }),
  maxBackoffSeconds: BackoffSeconds.meta({
    description: "The longest wait; the bound doubles with each attempt until it is reached",
  }),
  jitter: z.enum(["full", "none"]).meta({
    description: "full: a random wait between the least and the bound; none: the bound",
  }),
  scheduleSeconds: z
    .array(BackoffSeconds)
    .max(RETRY_WAITS_AT_MOST)
    .meta({ description: "The wait after each attempt instead; the last one repeats. Empty: none" }),
};
const Retry = z.strictObject({
  maxAttempts: retryFields.maxAttempts.default(SUBSCRIPTION_DEFAULTS.retry.maxAttempts),
  minBackoffSeconds: retryFields.minBackoffSeconds.default(SUBSCRIPTION_DEFAULTS.retry.minBackoffSeconds),
  maxBackoffSeconds: retryFields.maxBackoffSeconds.default(SUBSCRIPTION_DEFAULTS.retry.maxBackoffSeconds),
  jitter: retryFields.jitter.default(SUBSCRIPTION_DEFAULTS.retry.jitter),
  scheduleSeconds: retryFields.scheduleSeconds.default([]),
});

const RetryChange = z.strictObject(retryFields).partial();

const deadLetterFields = {
  retentionSeconds: z
    .number()
    .int()
    .min(3_600)
    .max(31_536_000)
    .meta({ description: "How long a dead letter is kept; rounded up to the end of an hour or a day" }),
  onDeadLetter: z.enum(ON_DEAD_LETTER, { error: 'must be "release" or "hold"' }).meta({
    description:
      "With ordering, what becomes of later messages of its key. release: they go on; hold: they wait until the " +
      "dead letter is sent again, deleted or past its retention",
  }),
};

const DeadLetterSettings = z.strictObject({
  retentionSeconds: deadLetterFields.retentionSeconds.default(
    SUBSCRIPTION_DEFAULTS.deadLetter.retentionSeconds,
  ),
  onDeadLetter: deadLetterFields.onDeadLetter.default("release"),
});

const RateLimit = z
  .union([z.literal(0), z.number().min(RATE_AT_LEAST).max(RATE_AT_MOST)], {
    error: `must be 0 (no limit), or a number from ${RATE_AT_LEAST} to ${RATE_AT_MOST}`,
  })
  .meta({ description: "The most messages a second, fractions allowed; push only. 0: no limit" });

const fields = {
  ackDeadlineSeconds: z
    .number()
    .int()
    .min(1)
    .max(43_200)
    .meta({ description: "How long a consumer has for a message" }),
  retry: z.strictObject(retryFields).meta({ description: "How long a message that failed waits" }),
  deadLetter: z
    .strictObject(deadLetterFields)
    .meta({ description: "What becomes of a message that has no attempt left" }),
  batch: z.strictObject(batchFields).meta({ description: "How much is delivered together; push only" }),
  maxConcurrency: z
    .number()
    .int()
    .min(1)
    .max(1_000)
    .meta({ description: "The most concurrent deliveries; push only" }),
  rateLimitPerSecond: RateLimit,
  paused: z.boolean().meta({ description: "Whether deliveries are paused" }),
};

const Filter = z
  .unknown()
  .meta({
    type: "object",
    description:
      "An event pattern of Amazon EventBridge over key, tag, attributes.NAME and body.PATH: messages that do not " +
      "match are passed over. null: all messages match",
    examples: [{ tag: ["created"], "attributes.region": [{ prefix: "eu-" }] }],
  })
  .optional();

export const SubscriptionBody = z.strictObject({
  target: Target.default({ type: "pull" }),
  from: From.default("latest").meta({
    description: "Where it starts, no time in the future; only used on creation",
  }),
  ackDeadlineSeconds: fields.ackDeadlineSeconds.default(SUBSCRIPTION_DEFAULTS.ackDeadlineSeconds),
  retry: Retry.default({ ...SUBSCRIPTION_DEFAULTS.retry, scheduleSeconds: [] }),
  deadLetter: DeadLetterSettings.default({
    ...SUBSCRIPTION_DEFAULTS.deadLetter,
    onDeadLetter: "release",
  }),
  batch: Batch.optional(),
  maxConcurrency: fields.maxConcurrency.default(SUBSCRIPTION_DEFAULTS.maxConcurrency),
  rateLimitPerSecond: fields.rateLimitPerSecond.default(SUBSCRIPTION_DEFAULTS.rateLimitPerSecond),
  paused: fields.paused.default(SUBSCRIPTION_DEFAULTS.paused),
  filter: Filter,
});

export const SubscriptionChange = z.strictObject({
  ...z.strictObject(fields).partial().shape,
  target: Target.optional(),
  retry: RetryChange.optional(),
  deadLetter: z.strictObject(deadLetterFields).partial().optional(),
  batch: Batch.optional(),
  filter: Filter,
});

export const SeekBody = z.strictObject({
  to: From.meta({ description: "Where it continues; no time in the future" }),
});

const DisabledAnswer = z
  .object({
    reason: z.literal("gone").meta({ description: "Its target answered 410 for a day, and nothing else" }),
    error: z.string().meta({ description: "What the target said last" }),
    since: Time.meta({ description: "When it was disabled" }),
  })
  .meta({
    id: "Disabled",
    description: "Set while nothing is delivered until somebody wakes it, or changes its target; push only",
  });

export const SubscriptionAnswer = z
  .object({
    ...{ name: Name, topic: Name, target: TargetAnswer, ...fields },
    ...{ filter: Filter, disabled: DisabledAnswer.optional(), createdAt: Time, updatedAt: Time },
  })
  .meta({ id: "Subscription" });

export const SubscriptionMade = SubscriptionAnswer.extend({
  secret: z.string().optional().meta({
    description: "Signs the deliveries of a webhook; answered once, when it is created",
  }),
}).meta({ id: "SubscriptionMade" });

export const BreakerAnswer = z
  .discriminatedUnion("state", [
    z.object({ state: z.literal("closed") }),
    z.object({
      state: z.literal("open"),
      reason: z.enum(BREAKER_REASONS).meta({ description: "missing: there is no such function; gone: 410" }),
      error: z.string().meta({ description: "What the target, or its call, said last" }),
      since: Time,
      until: Time.meta({ description: "When one message is tried; in the past while that is under way" }),
    }),
    z.object({ state: z.literal("disabled") }),
  ])
  .meta({
    id: "Breaker",
    description:
      "open: nothing is delivered, since the target takes nothing; disabled: and it is not tried; push only",
  });

export const SubscriptionWithState = SubscriptionAnswer.extend({
  state: z.object({
    backlog: z.number().int().meta({ description: "Messages not handed out yet" }),
    isEstimate: z.literal(true).optional().meta({
      description: "Set where part of a filtered backlog is estimated, by the share of messages that match",
    }),
    inFlight: z.number().int().meta({ description: "Handed out and not settled yet" }),
    retrying: z.number().int().meta({ description: "Waiting for another attempt" }),
    expired: z.number().int().meta({
      description: "Expired before anybody acknowledged them; not included in the other counts",
    }),
    deadLetters: z.number().int().meta({
      description: "Have no attempt left and wait for an operator; not included in the other counts",
    }),
    setAside: z.number().int().meta({ description: "Slots of messages that can't be read" }),
    busyKeys: z.number().int().meta({
      description: "With ordering: keys of which a message is handed out, waits, or is held by a dead letter",
    }),
    heldKeys: z.number().int().meta({ description: "Those of them that wait for a dead letter" }),
    oldestUnackedAgeSeconds: z.number().meta({ description: "0 if nothing waits" }),
    breaker: BreakerAnswer,
  }),
}).meta({ id: "SubscriptionWithState" });

export const SubscriptionList = listOf(SubscriptionAnswer);

const SetAsideAnswer = z
  .object({
    partition: z.number().int(),
    firstOffset: z.number().int().meta({ description: "Of the first message" }),
    count: z.number().int().meta({ description: "How many messages, in a row" }),
    firstId: z.string().meta({ description: "Where a seek begins with them again" }),
    setAsideAt: Time,
    reason: z.string().meta({ description: "Why they cannot be read", examples: ["segment-missing"] }),
  })
  .meta({ id: "SetAside" });

export const SetAsideList = listOf(SetAsideAnswer);
