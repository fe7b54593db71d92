import { SluiceError } from "../../domain/errors.js";
import { findMessage } from "../../operations/manage/find-message.js";
import { traceMessage } from "../../operations/manage/trace-message.js";
import { PageQuery } from "../contracts/common.js";
import { FoundMessageAnswer, TraceAnswer } from "../contracts/found-message.js";
import { MessagePath } from "../contracts/scheduled.js";
import { foundText, traceAnswer } from "../found-message-answer.js";
import { given } from "../given.js";
import { placedUnder } from "../problem.js";
import { route } from "../route.js";
import type { ErrorCode } from "../status.js";

const NOT_FOUND = [
  "topic-not-found",
  "message-not-found",
  "message-out-of-reach",
] as const satisfies readonly ErrorCode[];

export const foundMessageRoutes = [
  route({
    id: "getMessage",
    method: "GET",
    path: "/v1/messages/{id}",
    summary: "A message by its id, wherever it is: scheduled, in the outbox, in the log, or a dead letter",
    params: MessagePath,
    answer: FoundMessageAnswer,
    errors: NOT_FOUND,
    handle: async (engine, { params }) => ({ bodyText: foundText(await findMessage(engine, params.id)) }),
  }),
  route({
    id: "traceMessage",
    method: "GET",
    path: "/v1/messages/{id}/trace",
    summary: "What became of a message in each subscription of its topic, and what it waits for",
    params: MessagePath,
    query: PageQuery,
    answer: TraceAnswer,
    errors: NOT_FOUND,
    handle: async (engine, { params, query }) => {
      const trace = await traceMessage(engine, params.id, given(query)).catch((error: unknown) => {
        throw error instanceof SluiceError ? placedUnder("query", error) : error;
      });
      return { body: traceAnswer(trace) };
    },
  }),
];
