import { z } from "zod";
import { Problem, Time, notYet } from "./common.js";

/** What one message's body may have: a slot's worth. */
export const BODY_LIMIT_BYTES = 4 * 1024 * 1024;

const AttributeName = z.string().regex(/^[A-Za-z0-9_.-]{1,128}$/, "a name is 1 to 128 of A-Z a-z 0-9 _ . -");
const Attributes = z
  .record(AttributeName, z.union([z.string().max(1_024), z.number(), z.boolean()]))
  .refine((attributes) => Object.keys(attributes).length <= 32, "are at most 32");

const ContentType = z
  .string()
  .regex(/^[\w.+-]+\/[\w.+-]+(\s*;.*)?$/, "is a media type")
  .max(255);

/** What a publisher says of a message beside its body. */
export const MessageMeta = z.strictObject({
  key: z.string().min(1).max(128).optional(),
  tag: z
    .string()
    .regex(/^\S{1,128}$/, "is one word of at most 128 characters")
    .optional(),
  attributes: Attributes.optional(),
  businessKey: z.string().min(1).max(256).optional(),
  expiresInSeconds: z.number().int().min(1).max(31_536_000).optional(),
  delaySeconds: notYet("delays"),
  deliverAt: notYet("delays"),
  dedupId: notYet("deduplication"),
  uploadId: notYet("uploads"),
});

export const NewMessage = z
  .strictObject({
    ...MessageMeta.shape,
    body: z.json().optional(),
    bodyBase64: z.base64({ error: "is base64" }).optional(),
    contentType: ContentType.optional(),
  })
  .superRefine((message, context) => {
    const has = (field: "body" | "bodyBase64") => message[field] !== undefined;
    const problem = (path: string, text: string) =>
      context.addIssue({ code: "custom", path: [path], message: text });
    if (has("body") && has("bodyBase64")) problem("bodyBase64", 'excludes "body": give one of them');
    if (!has("body") && !has("bodyBase64")) problem("body", 'is required (any JSON value, or "bodyBase64")');
    if (has("body") && message.contentType !== undefined) problem("contentType", 'goes with "bodyBase64"');
  })
  .meta({ id: "NewMessage" });

/** Each message is checked on its own: one that is wrong fails alone. */
export const PublishBody = z.strictObject({ messages: z.array(z.unknown()).min(1).max(1_000) });

export const PublishAnswer = z.object({
  messages: z.array(z.union([z.object({ id: z.string(), publishedAt: Time }), z.object({ error: Problem })])),
  failed: z.number().int().optional(),
});

export const ReceiveBody = z.strictObject({
  maxMessages: z.number().int().min(1).max(1_000).default(10),
  waitSeconds: z.number().int().min(0).max(20).default(0),
  ackDeadlineSeconds: z.number().int().min(1).max(43_200).optional(),
});

export const ReceivedMessage = z
  .object({
    id: z.string(),
    receipt: z.string(),
    body: z.json().optional(),
    bodyBase64: z.string().optional(),
    contentType: z.string(),
    key: z.string().optional(),
    tag: z.string().optional(),
    attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
    businessKey: z.string().optional(),
    publishedAt: Time,
    attempt: z.number().int(),
    firstReceivedAt: Time,
  })
  .meta({ id: "ReceivedMessage" });

export const ReceiveAnswer = z.object({ messages: z.array(ReceivedMessage) });

const Receipt = z.string().min(1).max(2_048);

export const Settlement = z
  .discriminatedUnion(
    "outcome",
    [
      z.strictObject({ receipt: Receipt, outcome: z.literal("ack") }),
      z.strictObject({
        receipt: Receipt,
        outcome: z.literal("retry"),
        delaySeconds: z.number().int().min(0).max(43_200).optional(),
        error: z.string().max(1_024).optional(),
      }),
      z.strictObject({
        receipt: Receipt,
        outcome: z.literal("extend"),
        ackDeadlineSeconds: z.number().int().min(1).max(43_200),
      }),
    ],
    { error: 'is "ack", "retry" or "extend"; "reject" is not available yet' },
  )
  .meta({ id: "Settlement" });

export const SettleBody = z.strictObject({ results: z.array(Settlement).min(1).max(1_000) });

export const SettleAnswer = z.object({
  results: z.array(z.union([z.object({ status: z.literal("ok") }), z.object({ error: Problem })])),
});
