import { z } from "zod";
import { Text, notYet } from "./common.js";

/** The largest body of one message: a slot's limit. */
export const BODY_LIMIT_BYTES = 4 * 1024 * 1024;

const AttributeName = z
  .string()
  .regex(/^(?!__proto__$)[A-Za-z0-9_.-]{1,128}$/, "a name is 1 to 128 of A-Z a-z 0-9 _ . -")
  // A pushed message carries Sluice's own attributes beside the publisher's.
  .regex(/^(?![Ss][Ll][Uu][Ii][Cc][Ee]-)/, 'a name must not begin with "Sluice-"');

const AttributeValue = z.union([Text.max(1_024), z.number(), z.boolean()], {
  error: "is a string of at most 1024 characters, a number or a boolean",
});

export const Attributes = z
  .record(AttributeName, AttributeValue)
  .refine((attributes) => Object.keys(attributes).length <= 32, "are at most 32")
  .meta({ description: "At most 32", maxProperties: 32 });

export const ContentType = z
  .string()
  .max(255)
  .regex(/^[\w.+-]+\/[\w.+-]+(\s*;[\x20-\x7e]*)?$/, "is a media type, such as image/png");

/** The fields of a message besides its body. */
export const metaFields = {
  key: Text.min(1).max(128).meta({ description: 'Ordering key; required where the ordering is "key"' }),
  tag: Text.regex(/^\S{1,128}$/, "is one word of at most 128 characters").meta({
    description: "One word, for cheap filtering",
  }),
  businessKey: Text.min(1).max(256).meta({ description: "Look-up key" }),
  expiresInSeconds: z
    .number()
    .int()
    .min(1)
    .max(31_536_000)
    .meta({ description: "The message is never delivered later than this" }),
};

const NewMessageFields = z.strictObject({
  body: z.unknown().optional().meta({ description: "Any JSON value" }),
  bodyBase64: z
    .base64({ error: "is base64 with padding" })
    .optional()
    .meta({ description: "Bytes, instead of body" }),
  contentType: ContentType.optional().meta({ description: "Of bodyBase64" }),
  key: metaFields.key.optional(),
  tag: metaFields.tag.optional(),
  attributes: Attributes.optional(),
  businessKey: metaFields.businessKey.optional(),
  expiresInSeconds: metaFields.expiresInSeconds.optional(),
  delaySeconds: notYet("delays"),
  deliverAt: notYet("delays"),
  dedupId: notYet("deduplication"),
  uploadId: notYet("uploads"),
});

export const NewMessage = NewMessageFields.superRefine((message, context) => {
  const problem = (path: string, text: string) =>
    context.addIssue({ code: "custom", path: [path], message: text });
  const { body, bodyBase64, contentType } = message;
  if (body !== undefined && bodyBase64 !== undefined) {
    problem("bodyBase64", 'excludes "body": give one of them');
  } else if (body === undefined && bodyBase64 === undefined) {
    problem("body", 'is required (any JSON value, or "bodyBase64")');
  } else if (body !== undefined && contentType !== undefined) {
    problem("contentType", 'goes with "bodyBase64": "body" is application/json');
  }
}).meta({ id: "NewMessage" });

/** Whether an attribute is named `__proto__`, which zod drops silently. */
export const hasLostAttribute = (message: unknown): boolean => {
  const { attributes } = (message ?? {}) as { attributes?: unknown };
  return typeof attributes === "object" && attributes !== null && Object.hasOwn(attributes, "__proto__");
};
