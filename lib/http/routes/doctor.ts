import type { z } from "zod";
import { SluiceError } from "../../domain/errors.js";
import type { Finding } from "../../domain/finding.js";
import type { Engine } from "../../operations/engine.js";
import { diagnose } from "../../operations/doctor/diagnose.js";
import { timeText } from "../answers.js";
import { TopicPath } from "../contracts/common.js";
import { DiagnosisAnswer, DoctorQuery } from "../contracts/doctor.js";
import { given } from "../given.js";
import { placedUnder } from "../problem.js";
import { route } from "../route.js";

async function diagnosis(
  engine: Engine,
  { limit, maxAgeSeconds, cursor }: z.output<typeof DoctorQuery>,
  topic?: string,
): Promise<{ readonly body: z.input<typeof DiagnosisAnswer> }> {
  const request = { limit, maxAgeMs: maxAgeSeconds * 1_000, ...given({ cursor, topic }) };
  const { looked, findings, nextCursor } = await diagnose(engine, request).catch((error: unknown) => {
    throw error instanceof SluiceError ? placedUnder("query", error) : error;
  });
  return { body: { looked, findings: findings.map(findingAnswer), ...given({ nextCursor }) } };
}

const findingAnswer = ({
  sinceMs,
  ...finding
}: Finding): z.input<typeof DiagnosisAnswer>["findings"][number] => ({
  ...finding,
  ...(sinceMs === undefined ? {} : { since: timeText(sinceMs) }),
});

export const doctorRoutes = [
  route({
    id: "doctor",
    method: "GET",
    path: "/v1/doctor",
    summary:
      "What is wrong with the queue, its topics and subscriptions, since when, and what to do about it",
    query: DoctorQuery,
    answer: DiagnosisAnswer,
    errors: [],
    handle: async (engine, { query }) => await diagnosis(engine, query),
  }),
  route({
    id: "topicDoctor",
    method: "GET",
    path: "/v1/topics/{topic}/doctor",
    summary:
      "What is wrong with the queue, this topic and its subscriptions, since when, and what to do about it",
    params: TopicPath,
    query: DoctorQuery,
    answer: DiagnosisAnswer,
    errors: ["topic-not-found"],
    handle: async (engine, { params, query }) => await diagnosis(engine, query, params.topic),
  }),
];
