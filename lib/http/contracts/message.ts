import { z } from "zod";
import { Name, Text, Time } from "./common.js";

/** The largest body of one message: a slot's limit. */
export const BODY_LIMIT_BYTES = 4 * 1024 * 1024;

const AttributeName = z
  .string()
  .regex(/^(?!__proto__$)[A-Za-z0-9_.-]{1,128}$/, "a name must be 1 to 128 characters from A-Z a-z 0-9 _ . -")
  // A pushed message carries Sluice's own attributes beside the publisher's.
  .regex(/^(?![Ss][Ll][Uu][Ii][Cc][Ee]-)/, 'a name must not begin with "Sluice-"');

const AttributeValue = z.union([Text.max(1_024), z.number(), z.boolean()], {
  error: "must be text of at most 1024 characters, a number, or true or false",
});

export const Attributes = z
  .record(AttributeName, AttributeValue)
  .refine((attributes) => Object.keys(attributes).length <= 32, "must have at most 32 fields")
  .meta({ description: "At most 32", maxProperties: 32 });

export const ContentType = z
  .string()
  .max(255)
  .regex(/^[\w.+-]+\/[\w.+-]+(\s*;[\x20-\x7e]*)?$/, "must be a media type, such as image/png");

/** The fields of a message besides its body. */
export const metaFields = {
  key: Text.min(1).max(128).meta({ description: 'Ordering key; required if ordering is "key"' }),
  tag: Text.regex(/^\S{1,128}$/, "must be one word of at most 128 characters").meta({
    description: "One word, for cheap filtering",
  }),
  businessKey: Text.min(1).max(256).meta({ description: "A key to look the message up by" }),
  dedupId: Text.min(1).max(128).meta({
    description:
      "Within the topic's dedupWindowSeconds only the first message with it is stored; others get its answer",
  }),
  expiresInSeconds: z.number().int().min(1).max(31_536_000).meta({
    description:
      "Seconds after which the message is no longer delivered; of a delayed one, counted from when it is due",
  }),
  delaySeconds: z
    .number()
    .int()
    .min(1)
    .max(31_536_000)
    .meta({ description: "Published after so many seconds: 1 second to a year" }),
};

/** As header of a request they are those of each of its messages that has none of its own. */
export const traceFields = {
  traceparent: z.string().optional().meta({
    description: "W3C Trace Context, passed on to consumers; one that is not valid is left out, not refused",
  }),
  tracestate: z.string().optional().meta({
    description: "Of the same: what tracing systems add; up to 512 characters are passed on",
  }),
};

/** A message's body, as JSON or as bytes. */
export const BodyFields = {
  body: z.unknown().optional().meta({ description: "Any JSON value" }),
  bodyBase64: z
    .base64({ error: "must be base64 with padding" })
    .optional()
    .meta({ description: "Bytes in base64, instead of body" }),
  contentType: ContentType.optional().meta({ description: "The media type of bodyBase64" }),
};

interface GivenBody {
  readonly body?: unknown;
  readonly bodyBase64?: string | undefined;
  readonly contentType?: string | undefined;
  readonly uploadId?: string | undefined;
}

/** Tells of body fields that do not go together. */
export function problemWithBody(
  { body, bodyBase64, contentType }: GivenBody,
  problem: (path: string, text: string) => void,
): void {
  if (body !== undefined && bodyBase64 !== undefined)
    problem("bodyBase64", 'cannot be combined with "body": give one of them');
  else if (contentType !== undefined && bodyBase64 === undefined)
    problem("contentType", 'can only be given with "bodyBase64": "body" is always application/json');
}

/** What is given of a message, before it is checked together. */
export const NewMessageFields = z.strictObject({
  ...BodyFields,
  key: metaFields.key.optional(),
  tag: metaFields.tag.optional(),
  attributes: Attributes.optional(),
  businessKey: metaFields.businessKey.optional(),
  expiresInSeconds: metaFields.expiresInSeconds.optional(),
  delaySeconds: metaFields.delaySeconds.optional(),
  deliverAt: Time.optional().meta({
    description: "Published at this time: 1 second to a year ahead; instead of delaySeconds",
  }),
  dedupId: metaFields.dedupId.optional(),
  ...traceFields,
  uploadId: Text.min(1).max(256).optional().meta({
    description: "The body was uploaded beforehand: POST /v1/topics/{topic}/uploads; instead of body",
  }),
});

/** A message has one body. */
export function bodyProblems(message: GivenBody, context: z.core.$RefinementCtx): void {
  const problem = (path: string, text: string) =>
    context.addIssue({ code: "custom", path: [path], message: text });
  if (message.uploadId !== undefined) problemsWithUpload(message, problem);
  else if (message.body === undefined && message.bodyBase64 === undefined)
    problem("body", 'is required (any JSON value, or "bodyBase64", or an "uploadId")');
  else problemWithBody(message, problem);
}

/** All that is told of an uploaded body was told before it was uploaded. */
function problemsWithUpload(message: GivenBody, problem: (path: string, text: string) => void): void {
  for (const name of ["body", "bodyBase64"] as const)
    if (message[name] !== undefined) problem(name, 'cannot be combined with "uploadId": give one of them');
  if (message.contentType !== undefined)
    problem("contentType", 'cannot be combined with "uploadId": it is that of the upload');
}

type GivenMessage = GivenBody & { readonly delaySeconds?: unknown; readonly deliverAt?: unknown };

function checkTogether(message: GivenMessage, context: z.core.$RefinementCtx): void {
  const problem = (path: string, text: string) =>
    context.addIssue({ code: "custom", path: [path], message: text });
  bodyProblems(message, context);
  if (message.delaySeconds !== undefined && message.deliverAt !== undefined)
    problem("deliverAt", 'cannot be combined with "delaySeconds": give one of them');
}

export const NewMessage = NewMessageFields.superRefine(checkTogether).meta({ id: "NewMessage" });

/** A message of a publish to several topics. */
export const TopicMessage = NewMessageFields.extend({ topic: Name })
  .superRefine(checkTogether)
  .meta({ id: "TopicMessage" });

/** Whether an attribute is named `__proto__`, which zod drops silently. */
export const hasLostAttribute = (message: unknown): boolean => {
  const { attributes } = (message ?? {}) as { attributes?: unknown };
  return typeof attributes === "object" && attributes !== null && Object.hasOwn(attributes, "__proto__");
};

/** What a message has from the request that published it, in an answer. */
export const senderFields = {
  traceparent: z.string().optional(),
  tracestate: z.string().optional(),
  publishedBy: z.string().optional().meta({
    description:
      "The ARN that signed its publish; absent where requests are not signed, or it came by the outbox",
  }),
};

/** The body and attributes of a message in an answer. */
export const contentFields = {
  body: z
    .unknown()
    .optional()
    .meta({ description: "The JSON value if contentType is JSON, the text if it is text" }),
  bodyBase64: z
    .string()
    .optional()
    .meta({ description: "The bytes in base64, if they are neither, or would be too long as text" }),
  bodyUrl: z.string().optional().meta({
    description:
      "Of a large body that was uploaded, in its place: a path of this API that leads to its bytes",
  }),
  bodyBytes: z.number().int().optional().meta({ description: "Beside bodyUrl: the size of the body" }),
  bodySha256: z
    .string()
    .optional()
    .meta({ description: "Beside bodyUrl: its SHA-256 in hex, if it was given" }),
  attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
};
