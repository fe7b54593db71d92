import type { z } from "zod";
import type { Topic } from "../../domain/topic.js";
import { changeTopic, deleteTopic, getTopic, listTopics, putTopic } from "../../operations/manage/topics.js";
import { PageQuery, TopicPath } from "../contracts/common.js";
import { TopicAnswer, TopicBody, TopicChange, TopicList } from "../contracts/topic.js";
import { route } from "../route.js";
import type { ErrorCode } from "../status.js";
import { answerPage, timeText } from "../answers.js";
import { given } from "../given.js";

const path = "/v1/topics/{topic}";
const CHANGE_ERRORS = [
  "topic-not-found",
  "setting-fixed",
  "conflict",
] as const satisfies readonly ErrorCode[];

export function topicAnswer(topic: Topic): z.input<typeof TopicAnswer> {
  const { name, ordering, partitions, retentionSeconds, dedupWindowSeconds, paused, description } = topic;
  const { schema, trace = "off" } = topic;
  const times = { createdAt: timeText(topic.createdAtMs), updatedAt: timeText(topic.updatedAtMs) };
  const settings = { ordering, partitions, retentionSeconds, dedupWindowSeconds, paused, description, trace };
  return { name, ...settings, ...(schema === undefined ? {} : { schema: JSON.parse(schema) }), ...times };
}

/** Without a schema: null. */
const schemaIn = (schema: unknown): { readonly schema?: string | null } =>
  schema === undefined ? {} : { schema: schema === null ? null : JSON.stringify(schema) };

export const topicRoutes = [
  route({
    id: "listTopics",
    method: "GET",
    path: "/v1/topics",
    summary: "Topics by name",
    query: PageQuery,
    answer: TopicList,
    errors: [],
    handle: async (engine, { query }) => ({
      body: await answerPage(listTopics(engine, given(query)), topicAnswer),
    }),
  }),
  route({
    id: "putTopic",
    method: "PUT",
    path,
    summary: "Create a topic, or change it to these settings",
    params: TopicPath,
    body: TopicBody,
    answer: TopicAnswer,
    statuses: [200, 201],
    errors: [...CHANGE_ERRORS, "topic-just-deleted"],
    handle: async (engine, { params, body, options }) => {
      const { schema: wanted, ...others } = body;
      const { schema } = schemaIn(wanted);
      const settings = { ...others, ...(typeof schema === "string" ? { schema } : {}) };
      const { created, value } = await putTopic(engine, params.topic, settings, options.claim);
      return { status: created ? 201 : 200, body: topicAnswer(value) };
    },
  }),
  route({
    id: "getTopic",
    method: "GET",
    path,
    summary: "One topic",
    params: TopicPath,
    answer: TopicAnswer,
    errors: ["topic-not-found"],
    handle: async (engine, { params }) => ({ body: topicAnswer(await getTopic(engine, params.topic)) }),
  }),
  route({
    id: "changeTopic",
    method: "PATCH",
    path,
    summary: "Change some settings of a topic",
    params: TopicPath,
    body: TopicChange,
    answer: TopicAnswer,
    errors: CHANGE_ERRORS,
    handle: async (engine, { params, body: { schema, ...others }, options }) => {
      const change = { ...given(others), ...schemaIn(schema) };
      return { body: topicAnswer(await changeTopic(engine, params.topic, change, options.claim)) };
    },
  }),
  route({
    id: "deleteTopic",
    method: "DELETE",
    path,
    summary: "Delete a topic that has no subscriptions",
    params: TopicPath,
    statuses: [204],
    errors: ["topic-not-found", "topic-has-subscriptions"],
    handle: async (engine, { params }) => {
      await deleteTopic(engine, params.topic);
      return { status: 204 };
    },
  }),
];
