import { SluiceError } from "../../domain/errors.js";
import { readMessages } from "../../operations/read/read-messages.js";
import { TopicPath } from "../contracts/common.js";
import { ReadAnswer, ReadQuery } from "../contracts/read.js";
import { given } from "../given.js";
import { placedUnder } from "../problem.js";
import { readAnswer, readBytes } from "../read-answer.js";
import { ANSWER_LIMIT_BYTES } from "../received.js";
import { route } from "../route.js";

export const readRoute = route({
  id: "readMessages",
  method: "GET",
  path: "/v1/topics/{topic}/messages",
  summary: "Messages of a topic, read without a subscription; waits up to waitSeconds if there are none",
  params: TopicPath,
  query: ReadQuery,
  answer: ReadAnswer,
  errors: ["topic-not-found"],
  handle: async (engine, { params, query, signal }) => {
    const { from = "earliest", cursor, limit, waitSeconds, key, businessKey } = query;
    const request = {
      at: cursor === undefined ? { from } : { cursor },
      selection: given({ key, businessKey }),
      ...{ limit, waitSeconds },
      ...{ maxBytes: ANSWER_LIMIT_BYTES, sizeOf: readBytes },
    };
    const reading = await readMessages(engine, params.topic, request, signal).catch((error: unknown) => {
      throw error instanceof SluiceError ? placedUnder("query", error) : error;
    });
    return { bodyText: readAnswer(reading) };
  },
});
