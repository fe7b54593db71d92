import { z } from "zod";
import { Problem, Text, Time, wholeNumber } from "./common.js";
import { NewMessage, TopicMessage, metaFields, traceFields } from "./message.js";

/** Messages are checked one by one, so that a wrong one fails alone. */
export const PublishBody = z.strictObject({
  messages: z.array(documentedAs(NewMessage)).min(1).max(1_000),
  atomic: z.boolean().default(false).meta({
    description: "All or nothing: either all messages are stored, in one transaction, or none is",
  }),
});

/** The most topics in one request. */
export const TOPICS_AT_MOST = 100;

export const TopicsBody = PublishBody.extend({
  messages: z.array(documentedAs(TopicMessage)).min(1).max(1_000),
});

/** Accepts any value here; the OpenAPI document shows `schema`. */
function documentedAs(schema: z.ZodType) {
  return z.unknown().meta({ $ref: `#/components/schemas/${String(schema.meta()?.id)}` });
}

const deduplicated = z.literal(true).optional().meta({
  description:
    "Nothing was stored: this is the first message with the same dedupId, whatever this one's body is",
});

export const PublishAnswer = z.object({
  messages: z
    .array(
      z.union([
        z.object({ id: z.string(), publishedAt: Time, deduplicated }),
        z.object({ id: z.string(), deliverAt: Time, deduplicated }),
        z.object({ error: Problem }),
      ]),
    )
    .meta({ description: "One result for each, in the order sent" }),
  failed: z.number().int().optional().meta({ description: "How many messages were not stored" }),
});

export const ATTRIBUTE_HEADER = "Sluice-Attribute-";
/**
 * Sluice sets these headers when it delivers a message. They are ignored here, so that a delivery can be forwarded to a
 * topic unchanged.
 */
export const IGNORED_HEADERS = new Set([
  "Sluice-Topic",
  "Sluice-Subscription",
  "Sluice-Attempt",
  "Sluice-Request-Id",
]);

const idempotencyKey = Text.min(1).max(128).optional().meta({
  description:
    "The same request with the same key is stored once within a day; another one with that key is refused",
});

export const PublishHeaders = z.looseObject({ "Idempotency-Key": idempotencyKey, ...traceFields });

const KnownHeaders = z.looseObject({
  "Idempotency-Key": idempotencyKey,
  "Sluice-Key": metaFields.key.optional(),
  "Sluice-Tag": metaFields.tag.optional(),
  "Sluice-Business-Key": metaFields.businessKey.optional(),
  "Sluice-Expires-In-Seconds": wholeNumber(1, 31_536_000).optional(),
  "Sluice-Delay-Seconds": wholeNumber(1, 31_536_000).optional(),
  "Sluice-Dedup-Id": metaFields.dedupId.optional(),
  ...traceFields,
});

/** The fields of a raw message, as headers. */
export const RawHeaders = KnownHeaders.superRefine((headers, context) => {
  for (const name of Object.keys(headers)) {
    if (name in KnownHeaders.shape || IGNORED_HEADERS.has(name) || name.startsWith(ATTRIBUTE_HEADER))
      continue;
    context.addIssue({ code: "custom", path: [name], message: "is not a known header" });
  }
});
