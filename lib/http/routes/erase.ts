import { eraseMessage } from "../../operations/erase/erase-message.js";
import { timeText } from "../answers.js";
import { ErasedAnswer } from "../contracts/erase.js";
import { MessagePath } from "../contracts/scheduled.js";
import { given } from "../given.js";
import { route } from "../route.js";

export const eraseRoute = route({
  id: "eraseMessage",
  method: "POST",
  path: "/v1/messages/{id}/erase",
  summary: "Take a message's content out for good, wherever it is stored; to do so again does no harm",
  params: MessagePath,
  answer: ErasedAnswer,
  errors: ["topic-not-found", "message-not-found", "message-out-of-reach"],
  handle: async (engine, { params, principal }) => {
    const { id, atMs, by, isCancelled } = await eraseMessage(engine, params.id, principal);
    const cancelled = isCancelled ? (true as const) : undefined;
    return { body: { id, erasedAt: timeText(atMs), ...given({ erasedBy: by, cancelled }) } };
  },
});
