import { REFUSED_FOR_MS } from "../../domain/outbox.js";
import { type OutboxEntry, listRefused, listWaiting } from "../../operations/manage/outbox.js";
import { answerPage, timeText } from "../answers.js";
import { TopicPath } from "../contracts/common.js";
import { OutboxList, OutboxQuery } from "../contracts/outbox.js";
import { given } from "../given.js";
import { route } from "../route.js";

function entryOf({ writtenAtMs, refusedAtMs, erased, ...entry }: OutboxEntry) {
  const refusal =
    refusedAtMs === undefined
      ? { state: "waiting" as const }
      : {
          state: "refused" as const,
          refusedAt: timeText(refusedAtMs),
          expiresAt: timeText(refusedAtMs + REFUSED_FOR_MS),
        };
  const erasure = erased && { erasedAt: timeText(erased.atMs), ...given({ erasedBy: erased.by }) };
  return { ...entry, ...refusal, ...erasure, writtenAt: timeText(writtenAtMs) };
}

export const outboxRoute = route({
  id: "listOutbox",
  method: "GET",
  path: "/v1/topics/{topic}/outbox",
  summary:
    "Messages in the outbox of a topic, which need not be there: what they wait for, or why they were refused",
  params: TopicPath,
  query: OutboxQuery,
  answer: OutboxList,
  errors: [],
  handle: async (engine, { params, query }) => {
    const { state, limit, cursor } = query;
    const list = state === "refused" ? listRefused : listWaiting;
    const page = list(engine, params.topic, { limit, ...given({ cursor }) });
    return { body: await answerPage(page, entryOf) };
  },
});
