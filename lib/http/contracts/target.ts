import { z } from "zod";
import { HTTPS_DEFAULTS, WEBHOOK_SECONDS_AT_MOST } from "../../domain/subscription.js";
import { HEADERS_AT_MOST } from "../../domain/webhook/headers.js";
import { URL_LIMIT_CHARACTERS } from "../../domain/webhook/url.js";
import { Time } from "./common.js";

const FUNCTION_ARN = /^arn:aws[\w-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]{1,140}(:[\w$-]+)?$/;

const pull = z.strictObject({ type: z.literal("pull") });
const lambda = z.strictObject({
  type: z.literal("lambda"),
  functionArn: z.string().regex(FUNCTION_ARN, "must be the ARN of a Lambda function"),
});

const SECRET_ARN = /^arn:aws[\w-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]{1,519}$/;

const Seconds = z.number().int().min(1).max(WEBHOOK_SECONDS_AT_MOST);
const https = {
  type: z.literal("https"),
  url: z
    .string()
    .min(1)
    .max(URL_LIMIT_CHARACTERS)
    .meta({ description: "Where messages are posted to: https, and a public address" }),
  format: z.enum(["message", "cloudevent"]).meta({ description: "What a message looks like" }),
  connectTimeoutSeconds: Seconds.meta({ description: "How long a connection may take" }),
  timeoutSeconds: Seconds.meta({ description: "How long a delivery may take until its answer" }),
};

export const Target = z.discriminatedUnion(
  "type",
  [
    pull,
    lambda,
    z.strictObject({
      ...https,
      format: https.format.default(HTTPS_DEFAULTS.format),
      connectTimeoutSeconds: https.connectTimeoutSeconds.default(HTTPS_DEFAULTS.connectTimeoutSeconds),
      timeoutSeconds: https.timeoutSeconds.default(HTTPS_DEFAULTS.timeoutSeconds),
      headers: z
        .record(z.string(), z.string())
        .refine((headers) => Object.keys(headers).length <= HEADERS_AT_MOST, {
          error: `must have at most ${HEADERS_AT_MOST} headers`,
        })
        .optional()
        .meta({ description: "Sent with each delivery; answers show only their names" }),
      secretArn: z
        .union([z.string().regex(SECRET_ARN), z.null()], {
          error: "must be the ARN of a secret in Secrets Manager, or null",
        })
        .optional()
        .meta({
          description:
            "The secret in Secrets Manager that signs; the CDK sets it. null: the one that Sluice made. " +
            "Left out, it stays",
        }),
    }),
  ],
  {
    error:
      'must be { "type": "pull" }, { "type": "lambda", "functionArn" } or { "type": "https", "url" }, ' +
      "each with its own fields",
  },
);

export const TargetAnswer = z.discriminatedUnion("type", [
  pull,
  lambda,
  z.strictObject({
    ...https,
    headerNames: z.array(z.string()),
    secretArn: z.string().optional().meta({ description: "The secret in Secrets Manager that signs" }),
  }),
]);

export const RotatedSecret = z
  .object({
    secret: z.string().meta({ description: "Signs from now on; it is not answered again" }),
    previousUntil: Time.optional().meta({
      description: "Until then each delivery is also signed with the secret before",
    }),
  })
  .meta({ id: "RotatedSecret" });

export const WebhookTestAnswer = z
  .object({
    outcome: z.enum(["done", "failed", "unavailable"]).meta({
      description: "What a delivery with this answer would have been",
    }),
    status: z.number().int().optional().meta({ description: "The status that the target answered" }),
    error: z.string().optional(),
    reason: z.string().optional().meta({ description: "Why the target as a whole takes no deliveries" }),
    retryAfterSeconds: z.number().optional(),
    tookMs: z.number(),
  })
  .meta({ id: "WebhookTest" });
