import { InvalidRequest, type SluiceError } from "../../domain/errors.js";
import { publishAtomically } from "../../operations/atomic/publish-atomically.js";
import { type TopicDraft, publishToTopics } from "../../operations/delay/publish-to-topics.js";
import { TopicMessage } from "../contracts/message.js";
import { PublishAnswer, PublishHeaders, TOPICS_AT_MOST, TopicsBody } from "../contracts/publish.js";
import { route } from "../route.js";
import { publishUploaded } from "../uploaded.js";
import { IDEMPOTENCY_KEY, sentBytes, sentRequest } from "../sent-request.js";
import {
  PUBLISH_ERRORS,
  type Sender,
  type Sent,
  allValid,
  checkMessage,
  draftsIn,
  isBody,
  publishAnswer,
  sentIn,
} from "./publish.js";

type Checked = TopicDraft | { readonly error: SluiceError };

function checkAddressed(sent: Sent, nowMs: number, sender: Sender): Checked {
  const checked = checkMessage(sent, nowMs, sender, TopicMessage);
  // It has a topic, or it would not be valid.
  return "error" in checked ? checked : { ...checked, topic: (sent.message as { topic: string }).topic };
}

/** Each topic is a read, and a slot at least. */
function checkCount(checked: readonly Checked[]): void {
  const { size } = new Set(checked.flatMap((one) => ("topic" in one ? [one.topic] : [])));
  if (size <= TOPICS_AT_MOST) return;
  const detail = `name ${size} topics: one request takes up to ${TOPICS_AT_MOST}`;
  throw new InvalidRequest([{ path: "messages", detail }]);
}

export const publishTopicsRoute = route({
  id: "publishToTopics",
  method: "POST",
  path: "/v1/publish",
  summary: "Publish 1 to 1000 messages to several topics; one result for each",
  headers: PublishHeaders,
  body: TopicsBody,
  answer: PublishAnswer,
  errors: [...PUBLISH_ERRORS, "atomic-too-large"],
  keeps: isBody,
  handle: async (engine, { headers, body, source, raw, principal, requestId }) => {
    const nowMs = engine.clock.nowMs();
    const sender = { ...headers, publishedBy: principal, requestId };
    const all = sentIn(body.messages, source).map((sent) => checkAddressed(sent, nowMs, sender));
    checkCount(all);
    const request = sentRequest(headers[IDEMPOTENCY_KEY], ["publish", sentBytes(raw.bytes, all)]);
    const topicOf = ({ topic }: TopicDraft): string => topic;
    const uploads = { checked: all, topicOf, isKeyed: request !== undefined };
    return await publishUploaded(engine, uploads, async (checked) => {
      const stored = body.atomic
        ? await publishAtomically(engine, allValid(checked), request && { ...request, scope: "topics" })
        : await publishToTopics(engine, draftsIn(checked), request);
      return { body: publishAnswer(checked, stored) };
    });
  },
});
