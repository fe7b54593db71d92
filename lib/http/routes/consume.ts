import type { z } from "zod";
import { isJson } from "../../domain/message.js";
import type { Handed } from "../../domain/ports/subscriber.js";
import { receiveWaiting } from "../../operations/receive.js";
import { type Settlement, settle } from "../../operations/settle.js";
import { SubscriptionPath } from "../contracts/common.js";
import {
  ReceiveAnswer,
  ReceiveBody,
  type ReceivedMessage,
  SettleAnswer,
  SettleBody,
} from "../contracts/message.js";
import { problemOf } from "../problem.js";
import { route } from "../route.js";
import { given, timeText } from "../wire.js";

const path = "/v1/topics/{topic}/subscriptions/{subscription}";
const CONSUME_ERRORS = ["topic-not-found", "subscription-not-found", "invalid-request", "throttled"];
/** What one answer carries: a function may answer 6 MB, and base64 and JSON make more of it. */
const ANSWER_LIMIT_BYTES = 4_000_000;

type Received = z.input<typeof ReceivedMessage>;

function bodyOf({ body, contentType }: Handed): Pick<Received, "body" | "bodyBase64"> {
  if (typeof body !== "string") return { bodyBase64: Buffer.from(body).toString("base64") };
  return { body: isJson(contentType) ? (JSON.parse(body) as NonNullable<Received["body"]>) : body };
}

function receivedOf(message: Handed): Received {
  const { id, receipt, contentType, key, tag, attributes, businessKey, attempt } = message;
  return {
    id,
    receipt,
    ...bodyOf(message),
    contentType,
    ...given({ key, tag, businessKey }),
    ...(attributes ? { attributes: { ...attributes } } : {}),
    publishedAt: timeText(message.publishedAtMs),
    attempt,
    firstReceivedAt: timeText(message.firstReceivedAtMs),
  };
}

export const consumeRoutes = [
  route({
    id: "receive",
    method: "POST",
    path: `${path}/receive`,
    summary: "Lease up to maxMessages; waits up to waitSeconds for some to come",
    params: SubscriptionPath,
    body: ReceiveBody,
    answer: ReceiveAnswer,
    errors: [...CONSUME_ERRORS, "not-a-pull-subscription"],
    handle: async (instance, { params, body, context }) => {
      const request = { ...given(body), maxBytes: ANSWER_LIMIT_BYTES };
      const signal = context.req.raw.signal;
      const handed = await receiveWaiting(instance, params.topic, params.subscription, request, signal);
      return { body: { messages: handed.map(receivedOf) } };
    },
  }),
  route({
    id: "settle",
    method: "POST",
    path: `${path}/settle`,
    summary: "Acknowledge, retry or extend messages that were received; one result each",
    params: SubscriptionPath,
    body: SettleBody,
    answer: SettleAnswer,
    errors: CONSUME_ERRORS,
    handle: async (instance, { params, body }) => {
      const settlements = body.results.map((result) => given(result) as Settlement);
      const results = await settle(instance, params.topic, params.subscription, settlements);
      return {
        body: {
          results: results.map((result) =>
            result.kind === "ok" ? { status: "ok" as const } : { error: problemOf(result.error) },
          ),
        },
      };
    },
  }),
];
