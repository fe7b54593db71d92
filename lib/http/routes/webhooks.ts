import type { z } from "zod";
import {
  type Rotated,
  type WebhookTest,
  rotateSecret,
  testWebhook,
} from "../../operations/manage/webhooks.js";
import { timeText } from "../answers.js";
import { SubscriptionPath } from "../contracts/common.js";
import { RotatedSecret, WebhookTestAnswer } from "../contracts/target.js";
import { given } from "../given.js";
import { route } from "../route.js";
import type { ErrorCode } from "../status.js";

const path = "/v1/topics/{topic}/subscriptions/{subscription}";
const ERRORS = [
  "topic-not-found",
  "subscription-not-found",
  "not-an-https-subscription",
] as const satisfies readonly ErrorCode[];

const rotatedAnswer = ({ secret, previousUntilMs }: Rotated): z.input<typeof RotatedSecret> => ({
  secret,
  ...(previousUntilMs === undefined ? {} : { previousUntil: timeText(previousUntilMs) }),
});

function testAnswer({ outcome, tookMs }: WebhookTest): z.input<typeof WebhookTestAnswer> {
  const { kind, status } = outcome;
  const answer = { ...given({ status }), tookMs };
  if (kind === "answered") return { outcome: "done", ...answer };
  if (kind === "failed") return { outcome: "failed", error: outcome.error, ...answer };
  const { error, reason, retryAfterMs } = outcome;
  const wait = retryAfterMs === undefined ? {} : { retryAfterSeconds: retryAfterMs / 1_000 };
  return { outcome: "unavailable", error, reason, ...wait, ...answer };
}

export const webhookRoutes = [
  route({
    id: "rotateSecret",
    method: "POST",
    path: `${path}/rotate-secret`,
    summary: "Replace a webhook's secret; the one before signs as well for another day",
    params: SubscriptionPath,
    answer: RotatedSecret,
    errors: [...ERRORS, "conflict"],
    handle: async (engine, { params }) => ({
      body: rotatedAnswer(await rotateSecret(engine, params.topic, params.subscription)),
    }),
  }),
  route({
    id: "testWebhook",
    method: "POST",
    path: `${path}/test`,
    summary: "Send a sample message to a webhook, and answer what it said",
    params: SubscriptionPath,
    answer: WebhookTestAnswer,
    errors: ERRORS,
    handle: async (engine, { params }) => ({
      body: testAnswer(await testWebhook(engine, params.topic, params.subscription)),
    }),
  }),
];
