import type { z } from "zod";
import { InvalidRequest } from "../../domain/errors.js";
import type { ScheduleEntry, ScheduledContent } from "../../domain/schedule.js";
import {
  type FoundSchedule,
  changeSchedule,
  deleteSchedule,
  getSchedule,
  listSchedules,
  putSchedule,
} from "../../operations/manage/schedules.js";
import { runNow } from "../../operations/schedule/run-now.js";
import { answerPage, timeText } from "../answers.js";
import { PageQuery, TopicPath } from "../contracts/common.js";
import { hasLostAttribute } from "../contracts/message.js";
import { PublishHeaders } from "../contracts/publish.js";
import {
  ScheduleAnswer,
  ScheduleBody,
  ScheduleChange,
  ScheduleList,
  type ScheduleListed,
  SchedulePath,
  ScheduleRun,
  type ScheduledContentBody,
} from "../contracts/schedule.js";
import { given } from "../given.js";
import { type JsonSource, depthProblem } from "../json-source.js";
import { bodyField } from "../received.js";
import { route } from "../route.js";
import { IDEMPOTENCY_KEY } from "../sent-request.js";
import type { ErrorCode } from "../status.js";
import { storedBody } from "./publish.js";

const path = "/v1/topics/{topic}/schedules/{schedule}";
const NOT_FOUND = ["topic-not-found", "schedule-not-found"] as const satisfies readonly ErrorCode[];
const isBody = (place: string): boolean => place === "message.body";

/** What each run publishes, its JSON body as it was sent. @throws {InvalidRequest} */
function contentIn(
  message: z.output<typeof ScheduledContentBody>,
  source: JsonSource | undefined,
): ScheduledContent {
  const { key, tag, attributes, businessKey, expiresInSeconds, bodyBase64, contentType } = message;
  const kept = source?.kept.get("message.body");
  const problems = [...(source?.inexact ?? [])];
  const tooDeep = kept && depthProblem(kept.depth);
  if (tooDeep !== undefined) problems.push({ path: "message.body", detail: tooDeep });
  if (hasLostAttribute(message))
    problems.push({ path: "message.attributes.__proto__", detail: "is not a valid name" });
  if (problems.length > 0) throw new InvalidRequest(problems);
  const stored = storedBody(kept, bodyBase64, contentType);
  return { ...stored, ...given({ key, tag, attributes, businessKey, expiresInSeconds }) };
}

function listed(schedule: ScheduleEntry): z.input<typeof ScheduleListed> {
  const { name, topic, cron, timeZone, paused, description, lastMessageId, lastRefusal: refused } = schedule;
  const time = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : timeText(ms));
  return {
    ...{ name, topic: topic.name, cron, timeZone, paused, description },
    ...given({ nextRunAt: time(schedule.nextRunMs), lastRunAt: time(schedule.lastRunMs), lastMessageId }),
    ...(refused ? { lastRefusal: { at: timeText(refused.atMs), detail: refused.detail } } : {}),
    ...{ createdAt: timeText(schedule.createdAtMs), updatedAt: timeText(schedule.updatedAtMs) },
  };
}

/** A schedule as JSON text. A JSON body is inserted as it was sent, so no digit is lost. */
function scheduleText({ schedule, message }: FoundSchedule): string {
  const { contentType, key, tag, businessKey, expiresInSeconds, attributes } = message;
  const fields = JSON.stringify({
    contentType,
    ...given({ key, tag, businessKey, expiresInSeconds, attributes }),
  });
  const text = `${fields.slice(0, -1)},${bodyField(message, "")}}`;
  return `${JSON.stringify(listed(schedule)).slice(0, -1)},"message":${text}}`;
}

export const scheduleRoutes = [
  route({
    id: "listSchedules",
    method: "GET",
    path: "/v1/topics/{topic}/schedules",
    summary: "A topic's schedules by name, without their messages",
    params: TopicPath,
    query: PageQuery,
    answer: ScheduleList,
    errors: ["topic-not-found"],
    handle: async (engine, { params, query }) => ({
      body: await answerPage(listSchedules(engine, params.topic, given(query)), listed),
    }),
  }),
  route({
    id: "putSchedule",
    method: "PUT",
    path,
    summary: "Create a schedule, or change it to these settings",
    params: SchedulePath,
    body: ScheduleBody,
    keeps: isBody,
    answer: ScheduleAnswer,
    statuses: [200, 201],
    errors: ["topic-not-found", "too-many-schedules", "message-too-large", "schema-violated", "conflict"],
    handle: async (engine, { params, body, source, options }) => {
      const settings = { ...body, message: contentIn(body.message, source) };
      const put = await putSchedule(engine, params.topic, params.schedule, settings, options.claim);
      return { status: put.created ? 201 : 200, bodyText: scheduleText(put.value) };
    },
  }),
  route({
    id: "getSchedule",
    method: "GET",
    path,
    summary: "One schedule, with its next run and its last",
    params: SchedulePath,
    answer: ScheduleAnswer,
    errors: NOT_FOUND,
    handle: async (engine, { params }) => ({
      bodyText: scheduleText(await getSchedule(engine, params.topic, params.schedule)),
    }),
  }),
  route({
    id: "changeSchedule",
    method: "PATCH",
    path,
    summary: "Change some settings of a schedule: to pause and to resume it is one",
    params: SchedulePath,
    body: ScheduleChange,
    keeps: isBody,
    answer: ScheduleAnswer,
    errors: [...NOT_FOUND, "message-too-large", "schema-violated", "conflict"],
    handle: async (engine, { params, body, source, options }) => {
      const { message, ...others } = body;
      const content = message ? { message: contentIn(message, source) } : {};
      const change = { ...given(others), ...content };
      const changed = await changeSchedule(engine, params.topic, params.schedule, change, options.claim);
      return { bodyText: scheduleText(changed) };
    },
  }),
  route({
    id: "deleteSchedule",
    method: "DELETE",
    path,
    summary: "Delete a schedule: it publishes nothing from then on",
    params: SchedulePath,
    statuses: [204],
    errors: [...NOT_FOUND, "conflict"],
    handle: async (engine, { params }) => {
      await deleteSchedule(engine, params.topic, params.schedule);
      return { status: 204 };
    },
  }),
  route({
    id: "runSchedule",
    method: "POST",
    path: `${path}/run`,
    summary: "Publish a schedule's message now, also of one that is paused; its next run stays",
    params: SchedulePath,
    headers: PublishHeaders,
    answer: ScheduleRun,
    errors: [...NOT_FOUND, "topic-paused", "schema-violated", "conflict"],
    handle: async (engine, { params, headers, principal, requestId }) => {
      const options = given({ key: headers[IDEMPOTENCY_KEY], publishedBy: principal, requestId });
      const ran = await runNow(engine, params.topic, params.schedule, options);
      return { body: { id: ran.id, publishedAt: timeText(ran.publishedAtMs) } };
    },
  }),
];
