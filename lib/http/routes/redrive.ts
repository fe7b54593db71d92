import type { z } from "zod";
import { InvalidRequest } from "../../domain/errors.js";
import type { JobSelection } from "../../domain/redrive-job.js";
import {
  cancelRedriveJob,
  getRedriveJob,
  listRedriveJobs,
  startRedrive,
} from "../../operations/manage/redrive-jobs.js";
import { type RedriveWhich, redrive, wouldRedrive } from "../../operations/manage/redrive.js";
import type { Mend } from "../../operations/redrive/mend.js";
import { answerPage } from "../answers.js";
import { PageQuery, SubscriptionPath } from "../contracts/common.js";
import {
  JobPath,
  RedriveAnswer,
  RedriveBody,
  RedriveJobAnswer,
  RedriveJobList,
} from "../contracts/dead-letter.js";
import { given } from "../given.js";
import { type JsonSource, depthProblem } from "../json-source.js";
import { jobAnswer, redrivenAnswer } from "../redrive-answer.js";
import { route } from "../route.js";
import type { ErrorCode } from "../status.js";
import { storedBody, tooLarge } from "./publish.js";

const path = "/v1/topics/{topic}/subscriptions/{subscription}/dead-letters";
const NOT_FOUND = ["topic-not-found", "subscription-not-found"] as const satisfies readonly ErrorCode[];
const JOB_NOT_FOUND = [...NOT_FOUND, "job-not-found"] as const satisfies readonly ErrorCode[];

type Body = z.output<typeof RedriveBody>;

/** The dead letters that one request sends again by itself; undefined for what takes a job. */
function whichOf(request: Body, mend: Mend | undefined): RedriveWhich | undefined {
  const { ids, ratePerSecond, dryRun } = request;
  const [id] = ids ?? [];
  if (ids === undefined || id === undefined || (ratePerSecond !== undefined && !dryRun)) return undefined;
  return mend ? { kind: "mended", id, mend } : { kind: "ids", ids };
}

function selectionOf({ ids }: Body, source: JsonSource | undefined): JobSelection {
  if (ids) return { kind: "ids", ids: [...new Set(ids)] };
  const filter = source?.kept.get("filter")?.text;
  return filter === undefined ? { kind: "all" } : { kind: "filter", filter };
}

/** @throws {InvalidRequest} {MessageTooLarge} for a body that cannot be stored */
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

export const redriveRoutes = [
  route({
    id: "redrive",
    method: "POST",
    path: `${path}/redrive`,
    summary: "Send dead letters again, to this subscription only: ids at once, a filter or all as a job",
    params: SubscriptionPath,
    body: RedriveBody,
    answer: RedriveAnswer,
    errors: [...NOT_FOUND, "message-too-large", "redrive-running"],
    keeps: (place) => place === "body" || place === "filter",
    handle: async (engine, { params, body, source, principal }) => {
      const { topic, subscription } = params;
      const { dryRun, ratePerSecond, cursor } = body;
      const which = whichOf(body, mendIn(body, source));
      if (which) {
        const options = { dryRun, ...given({ by: principal }) };
        return { body: redrivenAnswer(await redrive(engine, topic, subscription, which, options)) };
      }
      const selection = selectionOf(body, source);
      if (dryRun && selection.kind !== "ids")
        return { body: redrivenAnswer(await wouldRedrive(engine, topic, subscription, selection, cursor)) };
      const start = { selection, ...given({ ratePerSecond, by: principal }) };
      return { body: { job: jobAnswer(await startRedrive(engine, topic, subscription, start)) } };
    },
  }),
  route({
    id: "listRedriveJobs",
    method: "GET",
    path: `${path}/jobs`,
    summary: "Redrive jobs of a subscription: the one that is running first, then those that are over",
    params: SubscriptionPath,
    query: PageQuery,
    answer: RedriveJobList,
    errors: NOT_FOUND,
    handle: async (engine, { params, query }) => {
      const listed = listRedriveJobs(engine, params.topic, params.subscription, given(query));
      return { body: await answerPage(listed, jobAnswer) };
    },
  }),
  route({
    id: "getRedriveJob",
    method: "GET",
    path: `${path}/jobs/{id}`,
    summary: "How far a redrive job has come",
    params: JobPath,
    answer: RedriveJobAnswer,
    errors: JOB_NOT_FOUND,
    handle: async (engine, { params }) => ({
      body: jobAnswer(await getRedriveJob(engine, params.topic, params.subscription, params.id)),
    }),
  }),
  route({
    id: "cancelRedriveJob",
    method: "DELETE",
    path: `${path}/jobs/{id}`,
    summary: "Cancel a redrive job; what it has sent again stays sent. One that is over stays as it is",
    params: JobPath,
    answer: RedriveJobAnswer,
    errors: JOB_NOT_FOUND,
    handle: async (engine, { params, principal }) => {
      const { topic, subscription, id } = params;
      return { body: jobAnswer(await cancelRedriveJob(engine, topic, subscription, id, principal)) };
    },
  }),
];
