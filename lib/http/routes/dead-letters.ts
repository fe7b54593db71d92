import {
  deleteDeadLetter,
  historyOfDeadLetter,
  listDeadLetters,
  purgeDeadLetters,
  readDeadLetter,
} from "../../operations/manage/dead-letters.js";
import { answerPage, timeText } from "../answers.js";
import { SubscriptionPath } from "../contracts/common.js";
import {
  DeadLetterAnswer,
  DeadLetterHistory,
  DeadLetterList,
  DeadLetterPath,
  DeadLetterQuery,
  PurgeAnswer,
} from "../contracts/dead-letter.js";
import { deadLetterText, entryAnswer } from "../dead-letter-answer.js";
import { given } from "../given.js";
import { route } from "../route.js";
import type { ErrorCode } from "../status.js";

const path = "/v1/topics/{topic}/subscriptions/{subscription}/dead-letters";
const NOT_FOUND = ["topic-not-found", "subscription-not-found"] as const satisfies readonly ErrorCode[];
const ONE_NOT_FOUND = [...NOT_FOUND, "dead-letter-not-found"] as const satisfies readonly ErrorCode[];

export const deadLetterRoutes = [
  route({
    id: "listDeadLetters",
    method: "GET",
    path,
    summary: "Messages of a subscription that have no attempt left, longest dead first, without their bodies",
    params: SubscriptionPath,
    query: DeadLetterQuery,
    answer: DeadLetterList,
    errors: NOT_FOUND,
    handle: async (engine, { params, query }) => {
      const { limit, cursor, ...asked } = query;
      const [filter, page] = [given(asked), { limit, cursor }];
      const listed = listDeadLetters(engine, params.topic, params.subscription, filter, given(page));
      return { body: await answerPage(listed, entryAnswer) };
    },
  }),
  route({
    id: "getDeadLetter",
    method: "GET",
    path: `${path}/{id}`,
    summary: "One dead letter with its body",
    params: DeadLetterPath,
    answer: DeadLetterAnswer,
    errors: ONE_NOT_FOUND,
    handle: async (engine, { params }) => {
      const letter = await readDeadLetter(engine, params.topic, params.subscription, params.id);
      return { bodyText: deadLetterText(letter) };
    },
  }),
  route({
    id: "getDeadLetterHistory",
    method: "GET",
    path: `${path}/{id}/history`,
    summary: "What became of the dead letters of one message: who sent them again or deleted them, and when",
    params: DeadLetterPath,
    answer: DeadLetterHistory,
    errors: ONE_NOT_FOUND,
    handle: async (engine, { params }) => {
      const acts = await historyOfDeadLetter(engine, params.topic, params.subscription, params.id);
      const items = acts.map(({ kind, atMs, by, job }) => ({
        act: kind,
        at: timeText(atMs),
        ...given({ by, job }),
      }));
      return { body: { items } };
    },
  }),
  route({
    id: "deleteDeadLetter",
    method: "DELETE",
    path: `${path}/{id}`,
    summary: "Delete one dead letter for good",
    params: DeadLetterPath,
    statuses: [204],
    errors: ONE_NOT_FOUND,
    handle: async (engine, { params, principal }) => {
      await deleteDeadLetter(engine, params.topic, params.subscription, params.id, principal);
      return { status: 204 };
    },
  }),
  route({
    id: "purgeDeadLetters",
    method: "POST",
    path: `${path}/purge`,
    summary: "Delete all dead letters of a subscription for good",
    params: SubscriptionPath,
    answer: PurgeAnswer,
    errors: NOT_FOUND,
    handle: async (engine, { params, principal }) => ({
      body: await purgeDeadLetters(engine, params.topic, params.subscription, principal),
    }),
  }),
];
