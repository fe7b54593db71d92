import * as z from "zod/mini";
import type { PumpHints, PumpStart } from "../../domain/pump-start.js";
import { ON_DEAD_LETTER, type Subscription as KnownSubscription } from "../../domain/subscription.js";
import { type Topic as KnownTopic, TOPIC_DEFAULTS, TRACE_LEVELS } from "../../domain/topic.js";

const Count = z.int().check(z.nonnegative());
const TopicRef = z.object({ name: z.string(), uid: z.string() });

const Topic = z.object({
  ...TopicRef.shape,
  ordering: z.enum(["none", "key"]),
  partitions: Count,
  retentionSeconds: Count,
  // Of a dispatcher of an older release.
  dedupWindowSeconds: z._default(Count, TOPIC_DEFAULTS.dedupWindowSeconds),
  paused: z.enum(["none", "publish", "delivery", "all"]),
  description: z.string(),
  trace: z._default(z.enum(TRACE_LEVELS), "off"),
  createdAtMs: z.number(),
  updatedAtMs: z.number(),
  version: Count,
  erasedAtMs: z.optional(z.number()),
});

const Subscription = z.object({
  topic: TopicRef,
  name: z.string(),
  uid: z.string(),
  target: z.discriminatedUnion("type", [
    z.object({ type: z.literal("lambda"), functionArn: z.string() }),
    z.object({
      type: z.literal("https"),
      url: z.string(),
      format: z.enum(["message", "cloudevent"]),
      headerNames: z.array(z.string()),
      connectTimeoutSeconds: Count,
      timeoutSeconds: Count,
    }),
  ]),
  startingPlaces: z.record(z.string(), z.object({ head: Count, slotBase: Count })),
  epoch: Count,
  ackDeadlineSeconds: Count,
  retry: z.object({
    maxAttempts: Count,
    minBackoffSeconds: Count,
    maxBackoffSeconds: Count,
    jitter: z.enum(["full", "none"]),
    scheduleSeconds: z.array(Count),
  }),
  deadLetter: z.object({ retentionSeconds: Count, onDeadLetter: z.optional(z.enum(ON_DEAD_LETTER)) }),
  // Of a dispatcher of an older release: without a window.
  batch: z.object({ maxMessages: Count, maxBytes: Count, windowSeconds: z._default(Count, 0) }),
  maxConcurrency: Count,
  rateLimitPerSecond: z.number(),
  paused: z.boolean(),
  filter: z.optional(z.string()),
  narrowed: z.optional(z.object({ from: Count, atMs: z.number() })),
  createdAtMs: z.number(),
  updatedAtMs: z.number(),
  version: Count,
});

/** A hint that cannot be read is left out: it may come from another release, and the pump can do without. */
const optional = <T extends z.core.$ZodType>(schema: T) => z.catch(z.optional(schema), undefined);

const Known = z.object({ topic: Topic, subscription: Subscription, readAtMs: z.number() });

const Hints = z.object({
  news: optional(z.array(z.object({ partition: Count, end: Count }))),
  known: optional(Known),
  filtered: optional(Known),
  holding: optional(Known),
  gapMs: optional(Count),
  probes: optional(z.literal(true)),
});

const PumpEvent = z.object({
  subscription: z.object({ topic: TopicRef, name: z.string(), uid: z.string() }),
  lane: Count,
  hints: optional(Hints),
});

/** The inverse of `pumpEventOf`. @throws {z.core.$ZodError} if the event names no pump */
export function pumpStartIn(event: unknown): PumpStart {
  const { hints, ...ref } = PumpEvent.parse(event);
  return hints ? { ...ref, hints: defined(hints) } : ref;
}

const defined = ({ news, gapMs, probes, ...told }: z.infer<typeof Hints>): PumpHints => {
  const known = told.known ?? told.filtered ?? told.holding;
  return {
    ...(news ? { news } : {}),
    ...(known ? { known: { ...known, topic: ofTopic(known), subscription: ofSubscription(known) } } : {}),
    ...(gapMs === undefined ? {} : { gapMs }),
    ...(probes ? { probes } : {}),
  };
};

const ofTopic = ({ topic: { erasedAtMs, ...topic } }: z.infer<typeof Known>): KnownTopic => ({
  ...topic,
  ...(erasedAtMs === undefined ? {} : { erasedAtMs }),
});

const ofSubscription = ({
  subscription: {
    narrowed,
    filter,
    deadLetter: { onDeadLetter, ...deadLetter },
    ...subscription
  },
}: z.infer<typeof Known>): KnownSubscription => ({
  ...subscription,
  deadLetter: { ...deadLetter, ...(onDeadLetter ? { onDeadLetter } : {}) },
  ...(filter === undefined ? {} : { filter }),
  ...(narrowed ? { narrowed } : {}),
});
