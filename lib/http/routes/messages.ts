import { settleMessage } from "../../operations/manage/settle-message.js";
import { listOpenMessages } from "../../operations/manage/open-messages.js";
import { answerPage } from "../answers.js";
import { SubscriptionPath } from "../contracts/common.js";
import {
  OpenMessageList,
  OpenMessagePath,
  OpenMessageQuery,
  OperatorSettled,
  OperatorSettlement,
} from "../contracts/open-message.js";
import { given } from "../given.js";
import { openMessageAnswer } from "../open-message-answer.js";
import { route } from "../route.js";
import type { ErrorCode } from "../status.js";

const path = "/v1/topics/{topic}/subscriptions/{subscription}/messages";
const NOT_FOUND = ["topic-not-found", "subscription-not-found"] as const satisfies readonly ErrorCode[];

export const messageRoutes = [
  route({
    id: "listOpenMessages",
    method: "GET",
    path,
    summary: "Messages of a subscription in one state, without their bodies, and what they wait for",
    params: SubscriptionPath,
    query: OpenMessageQuery,
    answer: OpenMessageList,
    errors: NOT_FOUND,
    handle: async (engine, { params, query }) => {
      const { limit, cursor, state, ...asked } = query;
      const { topic, subscription } = params;
      return {
        body: await answerPage(
          listOpenMessages(engine, topic, subscription, state, given({ limit, cursor }), given(asked)),
          openMessageAnswer,
        ),
      };
    },
  }),
  route({
    id: "settleMessage",
    method: "POST",
    path: `${path}/{id}/settle`,
    summary: "An operator's word on one message, whatever its state: done, send it again, or a dead letter",
    params: OpenMessagePath,
    body: OperatorSettlement,
    answer: OperatorSettled,
    errors: [...NOT_FOUND, "message-not-found", "message-not-open", "message-out-of-reach"],
    handle: async (engine, { params, body }) => {
      const { topic, subscription, id } = params;
      await settleMessage(engine, topic, subscription, id, given(body));
      return { body: { status: "ok" as const } };
    },
  }),
];
