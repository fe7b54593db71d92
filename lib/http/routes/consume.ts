import type { z } from "zod";
import { isJson } from "../../domain/message.js";
import { receiveWaiting } from "../../operations/consume/receive.js";
import { type Settlement, settle } from "../../operations/consume/settle.js";
import { SubscriptionPath } from "../contracts/common.js";
import {
  ReceiveAnswer,
  ReceiveBody,
  type ReceivedMessage,
  SettleAnswer,
  SettleBody,
} from "../contracts/consume.js";
import { isJsonText } from "../json.js";
import { problemOf } from "../problem.js";
import { route } from "../route.js";
import { given, timeText } from "../answers.js";
import type { Handed } from "../../domain/handed.js";

const path = "/v1/topics/{topic}/subscriptions/{subscription}";
const CONSUME_ERRORS = ["topic-not-found", "subscription-not-found", "invalid-request", "throttled"];
/**
 * Bodies in one answer. A function may answer 6 MB, and its answer is escaped once more on the way out: text at most
 * doubles by that.
 */
const ANSWER_LIMIT_BYTES = 2_750_000;
/** A single body beyond that goes alone; as base64, which is never escaped, where its text would not fit. */
const ESCAPED_LIMIT_BYTES = 5_600_000;
/** Text whose JSON form is longer than its bytes in base64 goes as base64: control characters take six each. */
const BASE64_GROWTH = 4 / 3;
const SHORT_CHARACTERS = 1_024;

type Received = Omit<z.input<typeof ReceivedMessage>, "body" | "bodyBase64">;

function receivedOf(message: Handed): Received {
  const { id, receipt, contentType, key, tag, attributes, businessKey, attempt } = message;
  return {
    id,
    receipt,
    contentType,
    ...given({ key, tag, businessKey }),
    ...(attributes ? { attributes: { ...attributes } } : {}),
    publishedAt: timeText(message.publishedAtMs),
    attempt,
    firstReceivedAt: timeText(message.firstReceivedAtMs),
  };
}

/** JSON goes out as it came in: no number loses digits, none of its text grows, none of it is built in memory. */
function bodyField({ body, contentType }: Handed): string {
  const text = typeof body === "string" ? valueText(body, contentType) : undefined;
  if (text !== undefined && fits(text)) return `"body":${text}`;
  return `"bodyBase64":"${Buffer.from(body as Uint8Array).toString("base64")}"`;
}

/** Text as a JSON value; undefined where base64 says it better. */
function valueText(body: string, contentType: string): string | undefined {
  if (isJson(contentType)) return isJsonText(body) ? body : undefined;
  const text = JSON.stringify(body);
  return text.length <= Math.max(SHORT_CHARACTERS, body.length * BASE64_GROWTH) ? text : undefined;
}

const fits = (text: string): boolean =>
  text.length * 2 <= ESCAPED_LIMIT_BYTES || Buffer.byteLength(JSON.stringify(text)) <= ESCAPED_LIMIT_BYTES;

function answerText(handed: readonly Handed[]): string {
  const messages = handed.map((message) => {
    const fields = JSON.stringify(receivedOf(message));
    return `${fields.slice(0, -1)},${bodyField(message)}}`;
  });
  return `{"messages":[${messages.join(",")}]}`;
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
    handle: async (engine, { params, body, signal }) => {
      const request = { ...given(body), maxBytes: ANSWER_LIMIT_BYTES };
      const handed = await receiveWaiting(engine, params.topic, params.subscription, request, signal);
      return { bodyText: answerText(handed) };
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
    handle: async (engine, { params, body }) => {
      const settlements = body.results.map((result) => given(result) as Settlement);
      const results = await settle(engine, params.topic, params.subscription, settlements);
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
