import { z } from "zod";
import { Problem, Time, notYet } from "./common.js";
import { NewMessage, metaFields } from "./message.js";

/** Each message is checked on its own: one that is wrong fails alone. */
export const PublishBody = z.strictObject({
  messages: z.array(documentedAs(NewMessage)).min(1).max(1_000),
});

/** Anything, to the check of the request; `schema`, to whoever reads the document. */
function documentedAs(schema: z.ZodType) {
  return z.unknown().meta({ $ref: `#/components/schemas/${String(schema.meta()?.id)}` });
}

export const PublishAnswer = z.object({
  messages: z
    .array(z.union([z.object({ id: z.string(), publishedAt: Time }), z.object({ error: Problem })]))
    .meta({ description: "One each, in the order sent" }),
  failed: z.number().int().optional().meta({ description: "How many of them were not stored" }),
});

export const ATTRIBUTE_HEADER = "Sluice-Attribute-";
/** What a webhook of Sluice's carries: it may be sent on to a topic. */
const IGNORED_HEADERS = new Set([
  "Sluice-Topic",
  "Sluice-Subscription",
  "Sluice-Attempt",
  "Sluice-Request-Id",
]);

const KnownHeaders = z.looseObject({
  "Sluice-Key": metaFields.key.optional(),
  "Sluice-Tag": metaFields.tag.optional(),
  "Sluice-Business-Key": metaFields.businessKey.optional(),
  "Sluice-Expires-In-Seconds": z.coerce.number().pipe(metaFields.expiresInSeconds).optional(),
  "Sluice-Delay-Seconds": notYet("delays"),
  "Sluice-Dedup-Id": notYet("deduplication"),
});

/** What is said of a raw message. */
export const RawHeaders = KnownHeaders.superRefine((headers, context) => {
  for (const name of Object.keys(headers)) {
    if (name in KnownHeaders.shape || IGNORED_HEADERS.has(name) || name.startsWith(ATTRIBUTE_HEADER))
      continue;
    context.addIssue({ code: "custom", path: [name], message: "is no header that is known here" });
  }
});
