import type { z } from "zod";
import {
  deleteDeadLetter,
  listDeadLetters,
  purgeDeadLetters,
  readDeadLetter,
} from "../../operations/manage/dead-letters.js";
import { InvalidRequest } from "../../domain/errors.js";
import type { Mend } from "../../operations/manage/mend.js";
import { type RedriveWhich, redrive } from "../../operations/manage/redrive.js";
import { answerPage } from "../answers.js";
import { SubscriptionPath } from "../contracts/common.js";
import {
  DeadLetterAnswer,
  DeadLetterList,
  DeadLetterPath,
  DeadLetterQuery,
  PurgeAnswer,
  RedriveAnswer,
  RedriveBody,
} from "../contracts/dead-letter.js";
import { deadLetterText, entryAnswer } from "../dead-letter-answer.js";
import { given } from "../given.js";
import { type JsonSource, depthProblem } from "../json-source.js";
import { problemOf } from "../problem.js";
import { route } from "../route.js";
import type { ErrorCode } from "../status.js";
import { storedBody, tooLarge } from "./publish.js";

const path = "/v1/topics/{topic}/subscriptions/{subscription}/dead-letters";
const NOT_FOUND = ["topic-not-found", "subscription-not-found"] as const satisfies readonly ErrorCode[];
const ONE_NOT_FOUND = [...NOT_FOUND, "dead-letter-not-found"] as const satisfies readonly ErrorCode[];

/** @throws {InvalidRequest} {MessageTooLarge} for a body that cannot be stored */
function whichOf(request: z.output<typeof RedriveBody>, source: JsonSource | undefined): RedriveWhich {
  const { ids, cursor } = request;
  const mend = mendIn(request, source);
  const [id] = ids ?? [];
  if (mend && id !== undefined) return { kind: "mended", id, mend };
  return ids ? { kind: "ids", ids } : { kind: "all", ...given({ cursor }) };
}

function mendIn(
  { body, bodyBase64, contentType, attributes }: z.output<typeof RedriveBody>,
  source: JsonSource | undefined,
): Mend | undefined {
  const [inexact] = source?.inexact ?? [];
  if (inexact) throw new InvalidRequest([inexact]);
  if (body === undefined && bodyBase64 === undefined) return attributes && { attributes };
  const kept = source?.kept.get("body");
  const tooDeep = kept && depthProblem(kept.depth);
  if (tooDeep !== undefined) throw new InvalidRequest([{ path: "body", detail: tooDeep }]);
  const stored = storedBody(kept, bodyBase64, contentType);
  const error = tooLarge(stored);
  if (error) throw error;
  return { body: stored, ...given({ attributes }) };
}

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
      const { key, tag, ...page } = query;
      const filter = given({ key, tag });
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
    id: "deleteDeadLetter",
    method: "DELETE",
    path: `${path}/{id}`,
    summary: "Delete one dead letter for good",
    params: DeadLetterPath,
    statuses: [204],
    errors: ONE_NOT_FOUND,
    handle: async (engine, { params }) => {
      await deleteDeadLetter(engine, params.topic, params.subscription, params.id);
      return { status: 204 };
    },
  }),
  route({
    id: "redrive",
    method: "POST",
    path: `${path}/redrive`,
    summary: "Send dead letters again, to this subscription only",
    params: SubscriptionPath,
    body: RedriveBody,
    answer: RedriveAnswer,
    errors: [...NOT_FOUND, "message-too-large"],
    keeps: (place) => place === "body",
    handle: async (engine, { params, body, source }) => {
      const { topic, subscription } = params;
      const { refused, ...done } = await redrive(
        engine,
        topic,
        subscription,
        whichOf(body, source),
        body.dryRun,
      );
      const problems = refused.map(({ id, error }) => ({ id, error: problemOf(error) }));
      return { body: { ...done, refused: problems } };
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
    handle: async (engine, { params }) => ({
      body: await purgeDeadLetters(engine, params.topic, params.subscription),
    }),
  }),
];
