import type { z } from "zod";
import type { DelayedEntry } from "../../domain/delayed.js";
import { cancelMessage, listScheduled } from "../../operations/manage/scheduled.js";
import { answerPage, timeText } from "../answers.js";
import { PageQuery, TopicPath } from "../contracts/common.js";
import { MessagePath, ScheduledList } from "../contracts/scheduled.js";
import { given } from "../given.js";
import { route } from "../route.js";

function scheduledAnswer(entry: DelayedEntry): z.input<typeof ScheduledList>["items"][number] {
  const { id, dueMs, scheduledAtMs, key, tag, businessKey, contentType, bodyBytes, expiresAtMs } = entry;
  return {
    ...{ id, deliverAt: timeText(dueMs), scheduledAt: timeText(scheduledAtMs) },
    ...given({ key, tag, businessKey }),
    ...{ contentType, bodyBytes },
    ...(expiresAtMs === undefined ? {} : { expiresAt: timeText(expiresAtMs) }),
  };
}

export const scheduledRoutes = [
  route({
    id: "listScheduled",
    method: "GET",
    path: "/v1/topics/{topic}/scheduled",
    summary: "Delayed messages by the time they are due, without their bodies",
    params: TopicPath,
    query: PageQuery,
    answer: ScheduledList,
    errors: ["topic-not-found"],
    handle: async (engine, { params, query }) => ({
      body: await answerPage(listScheduled(engine, params.topic, given(query)), scheduledAnswer),
    }),
  }),
  route({
    id: "cancelMessage",
    method: "DELETE",
    path: "/v1/messages/{id}",
    summary: "Cancel a delayed message that is not published yet; to do so again does no harm",
    params: MessagePath,
    statuses: [204],
    errors: ["topic-not-found", "message-not-found", "already-published"],
    handle: async (engine, { params }) => {
      await cancelMessage(engine, params.id);
      return { status: 204 };
    },
  }),
];
