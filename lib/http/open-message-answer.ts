import type { z } from "zod";
import type { OpenMessage } from "../domain/open-message.js";
import { timeText } from "./answers.js";
import type { OpenMessageList } from "./contracts/open-message.js";
import { failedAttempts } from "./failed-attempts.js";
import { given } from "./given.js";

/** A message of a subscription that has not ended, as the API returns it. */
export function openMessageAnswer(message: OpenMessage): z.input<typeof OpenMessageList>["items"][number] {
  const { id, key, tag, publishedAtMs } = message;
  const { state, ...told } = openAnswer(message);
  return { ...{ id, state }, ...given({ key, tag }), publishedAt: timeText(publishedAtMs), ...told };
}

/** The same without what its publisher gave. */
export function openAnswer(message: OpenMessage) {
  const { state, attempt, firstReceivedAtMs, lastError, waitsFor, untilMs } = message;
  return {
    ...{ state, attempt },
    ...(firstReceivedAtMs === undefined ? {} : { firstReceivedAt: timeText(firstReceivedAtMs) }),
    ...given({ lastError, deadLetter: message.deadLetter }),
    ...failedAttempts(message.failures),
    ...consumerFields(message),
    waitsFor,
    ...(untilMs === undefined ? {} : { until: timeText(untilMs) }),
  };
}

function consumerFields({ consumer = {} }: OpenMessage) {
  const { name, principal, address, lane } = consumer;
  return given({ consumer: name, principal, address, lane: lane === undefined ? undefined : lane + 1 });
}
