import type { z } from "zod";
import { InvalidRequest, MessageTooLarge, type SluiceError } from "../../domain/errors.js";
import { JSON_TYPE, type MessageContent, bodySizeBytes, isJson } from "../../domain/message.js";
import type { Instance } from "../../operations/instance.js";
import { type PublishResult, publish } from "../../operations/publish.js";
import { TopicPath } from "../contracts/common.js";
import {
  BODY_LIMIT_BYTES,
  MessageMeta,
  NewMessage,
  PublishAnswer,
  PublishBody,
} from "../contracts/message.js";
import { invalidRequestOf, problemOf } from "../problem.js";
import { route } from "../route.js";
import { given, timeText } from "../wire.js";

const PUBLISH_ERRORS = [
  "topic-not-found",
  "topic-paused",
  "invalid-request",
  "request-too-large",
  "throttled",
];
const RAW_TYPE = "application/octet-stream";

type Checked = { readonly content: MessageContent } | { readonly error: SluiceError };

/** The message as it is stored, or what is wrong with this one. */
function checkMessage(message: unknown, index: number, nowMs: number): Checked {
  const parsed = NewMessage.safeParse(message);
  if (!parsed.success) return { error: invalidRequestOf(parsed.error, ["messages", index]) };
  const { body, bodyBase64, contentType, ...meta } = parsed.data;
  const bytes = bodyBase64 === undefined ? undefined : Buffer.from(bodyBase64, "base64");
  const stored = bytes
    ? { body: bytes as Uint8Array, contentType: contentType ?? RAW_TYPE }
    : { body: JSON.stringify(body), contentType: JSON_TYPE };
  return checkSize({ ...stored, ...metaOf(meta, nowMs) });
}

function metaOf(
  meta: z.output<typeof MessageMeta>,
  nowMs: number,
): Omit<MessageContent, "body" | "contentType"> {
  const { key, tag, attributes, businessKey, expiresInSeconds } = meta;
  const expiresAtMs = expiresInSeconds === undefined ? undefined : nowMs + expiresInSeconds * 1_000;
  return given({ key, tag, attributes, businessKey, expiresAtMs });
}

function checkSize(content: MessageContent): Checked {
  const sizeBytes = bodySizeBytes(content);
  return sizeBytes > BODY_LIMIT_BYTES
    ? { error: new MessageTooLarge(sizeBytes, BODY_LIMIT_BYTES) }
    : { content };
}

/** Publishes what is right and keeps every result in its place. */
async function publishChecked(instance: Instance, topic: string, checked: readonly Checked[]) {
  const contents = checked.flatMap((one) => ("content" in one ? [one.content] : []));
  const stored = [...(await publish(instance, topic, contents))];
  const results = checked.map((one, index): PublishResult => {
    const result: PublishResult | undefined =
      "error" in one ? { kind: "failed", error: one.error } : stored.shift();
    return result?.kind === "failed"
      ? { kind: "failed", error: placed(result.error, index) }
      : (result as PublishResult);
  });
  const failed = results.filter(({ kind }) => kind === "failed").length;
  return { messages: results.map(answerOf), ...(failed > 0 ? { failed } : {}) };
}

/** A path that the operation gave is one of the message: here it is one of the request. */
function placed(error: SluiceError, index: number): SluiceError {
  if (!(error instanceof InvalidRequest)) return error;
  const under = `messages[${index}]`;
  return new InvalidRequest(
    error.errors.map(({ path, detail }) => ({
      path: path.startsWith("messages[") ? path : `${under}.${path}`,
      detail,
    })),
  );
}

function answerOf(result: PublishResult) {
  if (result.kind === "failed") return { error: problemOf(result.error) };
  return { id: result.id, publishedAt: timeText(result.publishedAtMs) };
}

/** The `Sluice-*` headers as the fields that they stand for. */
function metaOfHeaders(headers: Headers): z.output<typeof MessageMeta> {
  const number = (name: string) => (headers.has(name) ? Number(headers.get(name)) : undefined);
  const text = (name: string) => headers.get(name) ?? undefined;
  const prefix = "sluice-attribute-";
  const attributes = [...headers].filter(([name]) => name.startsWith(prefix));
  const fields = given({
    key: text("sluice-key"),
    tag: text("sluice-tag"),
    businessKey: text("sluice-business-key"),
    expiresInSeconds: number("sluice-expires-in-seconds"),
    delaySeconds: number("sluice-delay-seconds"),
    dedupId: text("sluice-dedup-id"),
    attributes:
      attributes.length > 0
        ? Object.fromEntries(attributes.map(([name, value]) => [name.slice(prefix.length), value]))
        : undefined,
  });
  const parsed = MessageMeta.safeParse(fields);
  if (!parsed.success) throw invalidRequestOf(parsed.error, ["headers"]);
  return parsed.data;
}

/** Text stays text where it is text, so that it is read as it was sent. */
function rawBody(bytes: Uint8Array, contentType: string): string | Uint8Array {
  if (!isJson(contentType) && !contentType.startsWith("text/")) return bytes;
  const text = decodeUtf8(bytes);
  if (isJson(contentType)) checkJson(text);
  return text;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new InvalidRequest([
      { path: "body", detail: "is no UTF-8 text: send it with a binary Content-Type" },
    ]);
  }
}

function checkJson(text: string): void {
  try {
    JSON.parse(text);
  } catch (error) {
    throw new InvalidRequest([{ path: "body", detail: `is no JSON: ${(error as Error).message}` }]);
  }
}

export const publishRoutes = [
  route({
    id: "publish",
    method: "POST",
    path: "/v1/topics/{topic}/messages",
    summary: "Publish 1 to 1000 messages; one result each",
    params: TopicPath,
    body: PublishBody,
    answer: PublishAnswer,
    errors: PUBLISH_ERRORS,
    handle: async (instance, { params, body }) => {
      const nowMs = instance.clock.nowMs();
      const checked = body.messages.map((message, index) => checkMessage(message, index, nowMs));
      return { body: await publishChecked(instance, params.topic, checked) };
    },
  }),
  route({
    id: "publishRaw",
    method: "POST",
    path: "/v1/topics/{topic}/messages/raw",
    summary: "Publish one message: the request's body is the message's body, Sluice-* headers say the rest",
    params: TopicPath,
    rawBody: true,
    answer: PublishAnswer,
    errors: [...PUBLISH_ERRORS, "message-too-large"],
    handle: async (instance, { params, context }) => {
      const headers = context.req.raw.headers;
      const contentType = headers.get("content-type") ?? RAW_TYPE;
      const meta = metaOf(metaOfHeaders(headers), instance.clock.nowMs());
      const body = rawBody(new Uint8Array(await context.req.arrayBuffer()), contentType);
      const checked = checkSize({ body, contentType, ...meta });
      if ("error" in checked) throw checked.error;
      const [result] = await publish(instance, params.topic, [checked.content]);
      if (result?.kind === "failed") throw result.error;
      return { body: { messages: result ? [answerOf(result)] : [] } };
    },
  }),
];
