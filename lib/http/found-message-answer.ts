import type { z } from "zod";
import { reasonOf } from "../domain/dead-letter.js";
import type { FoundMessage, StoredContent, TracedMessage } from "../domain/found-message.js";
import type { MessageContent } from "../domain/message.js";
import { REFUSED_FOR_MS } from "../domain/outbox.js";
import { isUnreadable } from "../domain/reading.js";
import type { Trace } from "../operations/manage/trace-message.js";
import { timeText } from "./answers.js";
import type { TraceAnswer } from "./contracts/found-message.js";
import { failedAttempts } from "./failed-attempts.js";
import { given } from "./given.js";
import { openAnswer } from "./open-message-answer.js";
import { bodyField } from "./received.js";

type Fields = z.input<typeof TraceAnswer>["message"];
type Traced = z.input<typeof TraceAnswer>["items"][number];

/** A message that was looked up, as JSON text, with its body as it was published. */
export function foundText(found: FoundMessage): string {
  const fields = JSON.stringify(foundFields(found));
  const content = contentOf(found);
  return content ? `${fields.slice(0, -1)},${bodyField(content, found.id)}}` : fields;
}

function contentOf(found: FoundMessage): MessageContent | undefined {
  if (found.state === "erased") return undefined;
  if (found.state !== "published") return found.content;
  return isUnreadable(found.message) ? undefined : found.message;
}

/** All that is known of it but its body. */
function foundFields(found: FoundMessage): Fields {
  const { id, topic, state } = found;
  return { id, topic, state, ...publishersFields(found), ...ownFields(found) };
}

function publishersFields(found: FoundMessage) {
  if (found.state === "erased") return {};
  return found.state === "published" ? givenFields(found.message) : storedFields(found);
}

const storedFields = (stored: StoredContent) =>
  stored.content ? givenFields(stored.content) : { unreadable: stored.unreadable };

function givenFields(content: Partial<MessageContent> & { readonly unreadable?: string }) {
  const { contentType, key, tag, businessKey, dedupId, attributes, unreadable } = content;
  const { traceparent, tracestate, publishedBy, requestId } = content;
  return given({
    ...{ contentType, key, tag, businessKey, dedupId, traceparent, tracestate, publishedBy, requestId },
    attributes: attributes && { ...attributes },
    unreadable,
  });
}

function ownFields(found: FoundMessage) {
  switch (found.state) {
    case "scheduled": {
      const { dueMs, scheduledAtMs, expiresAtMs } = found.entry;
      return times({ deliverAt: dueMs, scheduledAt: scheduledAtMs, expiresAt: expiresAtMs });
    }
    case "outbox":
      return times({ writtenAt: found.writtenAtMs });
    case "refused": {
      const { writtenAtMs: writtenAt, refusedAtMs: refusedAt, why } = found;
      return { ...times({ writtenAt, refusedAt, expiresAt: refusedAt + REFUSED_FOR_MS }), why };
    }
    case "published":
      return times({ publishedAt: found.message.publishedAtMs, expiresAt: found.expiresAtMs });
    case "erased": {
      const { publishedAtMs: publishedAt, expiresAtMs: expiresAt, erasure } = found;
      return {
        ...times({ publishedAt, expiresAt, erasedAt: erasure.atMs }),
        ...given({ erasedBy: erasure.by }),
      };
    }
    case "dead-letter": {
      const { publishedAtMs: publishedAt, expiresAtMs: expiresAt } = found.entry;
      return { ...times({ publishedAt, expiresAt }), subscription: found.subscription };
    }
  }
}

/** Leaves out what is not known: no time of ours is 0. */
const times = <K extends string>(timesMs: Readonly<Record<K, number | undefined>>) =>
  Object.fromEntries(
    Object.entries<number | undefined>(timesMs).flatMap(([name, timeMs]) =>
      timeMs === undefined || timeMs === 0 || timeMs === Infinity ? [] : [[name, timeText(timeMs)]],
    ),
  ) as Partial<Record<K, string>>;

/** A message without its body, and a page of what became of it in the subscriptions of its topic. */
export function traceAnswer({ message, subscriptions }: Trace): z.input<typeof TraceAnswer> {
  const { items, nextCursor } = subscriptions;
  return { message: foundFields(message), items: items.map(tracedAnswer), ...given({ nextCursor }) };
}

const tracedAnswer = (traced: TracedMessage): Traced => ({
  ...stateAnswer(traced),
  ...journalAnswer(traced),
  ...(traced.notRead ? { notRead: [...traced.notRead] } : {}),
});

/** The attempts that have ended with an answer, where the topic is traced. */
function journalAnswer({ journal }: TracedMessage): Pick<Traced, "deliveries" | "moreDeliveries"> {
  if (!journal) return {};
  const deliveries = journal.attempts.map(({ attempt, startedAtMs, endedAtMs, outcome, error }) => ({
    attempt,
    startedAt: timeText(startedAtMs),
    durationMs: endedAtMs - startedAtMs,
    outcome,
    ...given({ error }),
  }));
  return { deliveries, ...given({ moreDeliveries: journal.isPart }) };
}

function stateAnswer(traced: TracedMessage): Traced {
  const { subscription, kind } = traced;
  if (kind === "open") return { subscription, ...openAnswer(traced.message) };
  if (kind !== "dead-letter") return { subscription, state: kind };
  const { attempt, firstReceivedAtMs, lastError, deadLetteredAtMs, expiresAtMs, failures } = traced.letter;
  return {
    ...{ subscription, state: kind, attempt },
    ...times({ firstReceivedAt: firstReceivedAtMs }),
    ...given({ lastError }),
    ...failedAttempts(failures),
    reason: reasonOf(traced.letter),
    ...times({ deadLetteredAt: deadLetteredAtMs, expiresAt: expiresAtMs }),
  };
}
