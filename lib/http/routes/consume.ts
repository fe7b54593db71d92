import { receiveWaiting } from "../../operations/consume/receive.js";
import { type Settlement, settle } from "../../operations/consume/settle.js";
import { SubscriptionPath } from "../contracts/common.js";
import {
  IN_HAND,
  ReceiveAnswer,
  ReceiveBody,
  ReceiveHeaders,
  SettleAnswer,
  SettleBody,
} from "../contracts/consume.js";
import { problemOf } from "../problem.js";
import { route } from "../route.js";
import type { ErrorCode } from "../status.js";
import { ANSWER_LIMIT_BYTES, receivedAnswer, receivedBytes } from "../received.js";
import { given } from "../given.js";

const path = "/v1/topics/{topic}/subscriptions/{subscription}";
const CONSUME_ERRORS = ["topic-not-found", "subscription-not-found"] as const satisfies readonly ErrorCode[];

export const consumeRoutes = [
  route({
    id: "receive",
    method: "POST",
    path: `${path}/receive`,
    summary: "Lease up to maxMessages; waits up to waitSeconds if there are none",
    params: SubscriptionPath,
    headers: ReceiveHeaders,
    body: ReceiveBody,
    answer: ReceiveAnswer,
    errors: [...CONSUME_ERRORS, "not-a-pull-subscription"],
    handle: async (engine, { params, headers, body, principal, address, signal }) => {
      const { consumer: name, ...rest } = body;
      const consumer = given({ name, principal, address });
      const asked = { ...given(rest), ...(Object.keys(consumer).length > 0 ? { consumer } : {}) };
      const beside = given({ beside: headers[IN_HAND] });
      const request = { ...asked, ...beside, maxBytes: ANSWER_LIMIT_BYTES, sizeOf: receivedBytes };
      const handed = await receiveWaiting(engine, params.topic, params.subscription, request, signal);
      return { bodyText: receivedAnswer(handed) };
    },
  }),
  route({
    id: "settle",
    method: "POST",
    path: `${path}/settle`,
    summary: "Acknowledge, retry, reject or extend received messages; one result for each",
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
