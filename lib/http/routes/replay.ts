import type { z } from "zod";
import type { ReplaySelection } from "../../domain/replay-job.js";
import {
  cancelReplayJob,
  dryReplay,
  getReplayJob,
  listReplayJobs,
  startReplay,
} from "../../operations/manage/replay-jobs.js";
import type { ReplayBounds } from "../../operations/manage/replay-ranges.js";
import { answerPage } from "../answers.js";
import { PageQuery, SubscriptionPath } from "../contracts/common.js";
import { JobPath } from "../contracts/dead-letter.js";
import { ReplayAnswer, ReplayBody, ReplayJobAnswer, ReplayJobList } from "../contracts/replay.js";
import { given } from "../given.js";
import type { JsonSource } from "../json-source.js";
import { replayJobAnswer, wouldReplayAnswer } from "../replay-answer.js";
import { route } from "../route.js";
import type { ErrorCode } from "../status.js";

const path = "/v1/topics/{topic}/subscriptions/{subscription}/replay";
const NOT_FOUND = ["topic-not-found", "subscription-not-found"] as const satisfies readonly ErrorCode[];
const JOB_NOT_FOUND = [...NOT_FOUND, "job-not-found"] as const satisfies readonly ErrorCode[];

type Body = z.output<typeof ReplayBody>;

function boundsOf({ from, to }: Body): ReplayBounds {
  return {
    from: typeof from === "object" && "time" in from ? { timeMs: Date.parse(from.time) } : from,
    ...(to === undefined ? {} : { to: "time" in to ? { timeMs: Date.parse(to.time) } : to }),
  };
}

const selectionOf = ({ key, businessKey }: Body, source: JsonSource | undefined): ReplaySelection =>
  given({ key, businessKey, filter: source?.kept.get("filter")?.text });

export const replayRoutes = [
  route({
    id: "replay",
    method: "POST",
    path,
    summary: "Deliver messages of the log again, to this subscription only, as a job",
    params: SubscriptionPath,
    body: ReplayBody,
    answer: ReplayAnswer,
    errors: [...NOT_FOUND, "replay-running"],
    keeps: (place) => place === "filter",
    handle: async (engine, { params: { topic, subscription }, body, source, principal }) => {
      const { ratePerSecond, dryRun } = body;
      const asked = { ...boundsOf(body), selection: selectionOf(body, source) };
      if (dryRun) return { body: wouldReplayAnswer(await dryReplay(engine, topic, subscription, asked)) };
      const start = { ...asked, ...given({ ratePerSecond, by: principal }) };
      return { body: { job: replayJobAnswer(await startReplay(engine, topic, subscription, start)) } };
    },
  }),
  route({
    id: "listReplayJobs",
    method: "GET",
    path: `${path}/jobs`,
    summary: "Replays of a subscription: the one that is running first, then those that are over",
    params: SubscriptionPath,
    query: PageQuery,
    answer: ReplayJobList,
    errors: NOT_FOUND,
    handle: async (engine, { params, query }) => {
      const listed = listReplayJobs(engine, params.topic, params.subscription, given(query));
      return { body: await answerPage(listed, replayJobAnswer) };
    },
  }),
  route({
    id: "getReplayJob",
    method: "GET",
    path: `${path}/jobs/{id}`,
    summary: "How far a replay has come",
    params: JobPath,
    answer: ReplayJobAnswer,
    errors: JOB_NOT_FOUND,
    handle: async (engine, { params: { topic, subscription, id } }) => ({
      body: replayJobAnswer(await getReplayJob(engine, topic, subscription, id)),
    }),
  }),
  route({
    id: "cancelReplayJob",
    method: "DELETE",
    path: `${path}/jobs/{id}`,
    summary: "Cancel a replay: it has no further step, and what it has delivered again stays so",
    params: JobPath,
    answer: ReplayJobAnswer,
    errors: [...JOB_NOT_FOUND, "conflict"],
    handle: async (engine, { params: { topic, subscription, id }, principal }) => ({
      body: replayJobAnswer(await cancelReplayJob(engine, topic, subscription, id, principal)),
    }),
  }),
];
