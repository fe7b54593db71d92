import { InvalidRequest, MessageTooLarge, type SluiceError } from "../../domain/errors.js";
import { JSON_TYPE, type MessageContent, bodySizeBytes } from "../../domain/message.js";
import type { Engine } from "../../operations/engine.js";
import { type PublishResult, publish } from "../../operations/publish/publish.js";
import { TopicPath } from "../contracts/common.js";
import { BODY_LIMIT_BYTES, NewMessage, hasLostAttribute } from "../contracts/message.js";
import { PublishAnswer, PublishBody } from "../contracts/publish.js";
import { invalidRequestOf, placedUnder, problemOf } from "../problem.js";
import { route } from "../route.js";
import { given, timeText } from "../answers.js";

export const PUBLISH_ERRORS = [
  "topic-not-found",
  "topic-paused",
  "invalid-request",
  "message-too-large",
  "request-too-large",
  "throttled",
];
export const BYTES_TYPE = "application/octet-stream";

/** A message as it is stored, or what is wrong with it. */
type Checked = { readonly content: MessageContent } | { readonly error: SluiceError };

function checkMessage(message: unknown, nowMs: number): Checked {
  const parsed = NewMessage.safeParse(message);
  if (!parsed.success) return { error: invalidRequestOf(parsed.error) };
  if (hasLostAttribute(message)) {
    return { error: new InvalidRequest([{ path: "attributes.__proto__", detail: "is no name" }]) };
  }
  const { body, bodyBase64, contentType, key, tag, attributes, businessKey, expiresInSeconds } = parsed.data;
  const stored =
    bodyBase64 === undefined
      ? { body: JSON.stringify(body), contentType: JSON_TYPE }
      : { body: Buffer.from(bodyBase64, "base64"), contentType: contentType ?? BYTES_TYPE };
  const expiresAtMs = expiresAt(expiresInSeconds, nowMs);
  const content: MessageContent = { ...stored, ...given({ key, tag, attributes, businessKey, expiresAtMs }) };
  const error = tooLarge(content);
  return error ? { error } : { content };
}

export const expiresAt = (expiresInSeconds: number | undefined, nowMs: number): number | undefined =>
  expiresInSeconds === undefined ? undefined : nowMs + expiresInSeconds * 1_000;

export function tooLarge(content: MessageContent): SluiceError | undefined {
  const sizeBytes = bodySizeBytes(content);
  return sizeBytes > BODY_LIMIT_BYTES ? new MessageTooLarge(sizeBytes, BODY_LIMIT_BYTES) : undefined;
}

/** Publishes what is right and keeps every result in its place. */
async function publishChecked(engine: Engine, topic: string, checked: readonly Checked[]) {
  const contents = checked.flatMap((one) => ("content" in one ? [one.content] : []));
  const stored = [...(await publish(engine, topic, contents))];
  const results = checked.map((one, index) => {
    const result = "error" in one ? { kind: "failed" as const, error: one.error } : stored.shift();
    return answerOf(result as PublishResult, `messages[${index}]`);
  });
  const failed = results.filter((result) => "error" in result).length;
  return { messages: results, ...(failed > 0 ? { failed } : {}) };
}

function answerOf(result: PublishResult, place: string) {
  if (result.kind === "failed") return { error: problemOf(placedUnder(place, result.error)) };
  return { id: result.id, publishedAt: timeText(result.publishedAtMs) };
}

export const publishRoute = route({
  id: "publish",
  method: "POST",
  path: "/v1/topics/{topic}/messages",
  summary: "Publish 1 to 1000 messages; one result each",
  params: TopicPath,
  body: PublishBody,
  answer: PublishAnswer,
  errors: PUBLISH_ERRORS,
  handle: async (engine, { params, body }) => {
    const nowMs = engine.clock.nowMs();
    const checked = body.messages.map((message) => checkMessage(message, nowMs));
    return { body: await publishChecked(engine, params.topic, checked) };
  },
});
