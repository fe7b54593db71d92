import { z } from "zod";
import { Attributes, ContentType, metaFields } from "./message.js";

export const FilterPattern = z
  .unknown()
  .refine((filter) => filter !== undefined, "is required")
  .meta({
    id: "Filter",
    type: "object",
    description: "An event pattern of Amazon EventBridge over key, tag, attributes.NAME and body.PATH",
    examples: [{ tag: ["created"], "body.total": [{ numeric: [">", 100] }] }],
  });

const IGNORED = z.unknown().optional().meta({ description: "Not looked at" });

/** A message as it is published or as it was received, so that either can be pasted. Filters need no body. */
export const FilteredMessage = z
  .strictObject({
    key: metaFields.key.optional(),
    tag: metaFields.tag.optional(),
    attributes: Attributes.optional(),
    body: z.unknown().optional().meta({ description: "Any JSON value, or text if contentType says so" }),
    bodyBase64: z.base64({ error: "must be base64 with padding" }).optional(),
    contentType: ContentType.optional().meta({ description: "Default: JSON, or bytes for bodyBase64" }),
    businessKey: IGNORED,
    dedupId: IGNORED,
    expiresInSeconds: IGNORED,
    delaySeconds: IGNORED,
    deliverAt: IGNORED,
    traceparent: IGNORED,
    tracestate: IGNORED,
    publishedBy: IGNORED,
    bodyUrl: IGNORED,
    bodyBytes: IGNORED,
    bodySha256: IGNORED,
    uploadId: IGNORED,
    id: IGNORED,
    receipt: IGNORED,
    publishedAt: IGNORED,
    attempt: IGNORED,
    alone: IGNORED,
    firstReceivedAt: IGNORED,
    lastError: IGNORED,
  })
  .meta({ id: "FilteredMessage" });

export const TestFilterBody = z.strictObject({
  filter: FilterPattern,
  messages: z.array(FilteredMessage).min(1).max(1_000),
});

export const FilterTestResult = z.object({
  matches: z.boolean(),
  because: z
    .array(z.string())
    .optional()
    .meta({ description: "Why it does not match, a sentence for each reason" }),
});

export const TestFilterAnswer = z.object({
  results: z.array(FilterTestResult).meta({ description: "One result for each, in the order sent" }),
});
