import type { z } from "zod";
import { receiveWaiting } from "../../operations/consume/receive.js";
import { settleAndReceiveWaiting } from "../../operations/consume/settle-and-receive.js";
import { type Settlement, settle } from "../../operations/consume/settle.js";
import { SubscriptionPath } from "../contracts/common.js";
import {
  IN_HAND,
  ReceiveAnswer,
  ReceiveBody,
  ReceiveHeaders,
  SettleAnswer,
  SettleBody,
  type Settlement as Settled,
} from "../contracts/consume.js";
import { route } from "../route.js";
import type { ErrorCode } from "../status.js";
import {
  ANSWER_LIMIT_BYTES,
  RESULT_BYTES,
  receivedAnswer,
  receivedBytes,
  settledAnswer,
} from "../received.js";
import { given } from "../given.js";

const path = "/v1/topics/{topic}/subscriptions/{subscription}";
const CONSUME_ERRORS = ["topic-not-found", "subscription-not-found"] as const satisfies readonly ErrorCode[];

const settlementOf = (word: z.output<typeof Settled>): Settlement => given(word);

export const consumeRoutes = [
  route({
    id: "receive",
    method: "POST",
    path: `${path}/receive`,
    summary: "Lease up to maxMessages; waits up to waitSeconds if there are none. Settles others first",
    params: SubscriptionPath,
    headers: ReceiveHeaders,
    body: ReceiveBody,
    answer: ReceiveAnswer,
    errors: [...CONSUME_ERRORS, "not-a-pull-subscription"],
    handle: async (engine, { params, headers, body, principal, address, signal }) => {
      const { consumer: name, settle: words, ...rest } = body;
      const consumer = given({ name, principal, address });
      const asked = { ...given(rest), ...(Object.keys(consumer).length > 0 ? { consumer } : {}) };
      const beside = given({ beside: headers[IN_HAND] });
      const maxBytes = ANSWER_LIMIT_BYTES - RESULT_BYTES * (words?.length ?? 0);
      const request = { ...asked, ...beside, maxBytes, sizeOf: receivedBytes };
      const of = [engine, params.topic, params.subscription] as const;
      if (!words) return { bodyText: receivedAnswer(await receiveWaiting(...of, request, signal)) };
      const { handed, results } = await settleAndReceiveWaiting(
        ...of,
        words.map(settlementOf),
        request,
        signal,
      );
      return { bodyText: receivedAnswer(handed, results) };
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
      const settlements = body.results.map(settlementOf);
      const results = await settle(engine, params.topic, params.subscription, settlements);
      return { body: { results: settledAnswer(results) } };
    },
  }),
];
