import type { z } from "zod";
import { type FieldProblem, InvalidRequest } from "../../domain/errors.js";
import { type MessageContent, isJson } from "../../domain/message.js";
import { publish } from "../../operations/publish/publish.js";
import { TopicPath } from "../contracts/common.js";
import { Attributes, ContentType } from "../contracts/message.js";
import { ATTRIBUTE_HEADER, PublishAnswer, RawHeaders } from "../contracts/publish.js";
import { jsonProblem, utf8Text } from "../json.js";
import { route } from "../route.js";
import { given, timeText } from "../answers.js";
import { BYTES_TYPE, PUBLISH_ERRORS, expiresAt, tooLarge } from "./publish.js";

const invalid = (path: string, detail: string): InvalidRequest => new InvalidRequest([{ path, detail }]);

/** `Sluice-Attribute-Region: eu` is the attribute `region`: a header's name has no case. */
function attributesOf(headers: z.output<typeof RawHeaders>): MessageContent["attributes"] {
  const named = Object.entries(headers).filter(([name]) => name.startsWith(ATTRIBUTE_HEADER));
  if (named.length === 0) return undefined;
  const header = new Map(named.map(([name]) => [name.slice(ATTRIBUTE_HEADER.length).toLowerCase(), name]));
  const fields = Object.fromEntries([...header].map(([attribute, name]) => [attribute, headers[name]]));
  const parsed = Attributes.safeParse(fields);
  if (!parsed.success) {
    throw new InvalidRequest(
      parsed.error.issues.map(({ path: [attribute], message }): FieldProblem => ({
        path: `headers.${header.get(String(attribute)) ?? `${ATTRIBUTE_HEADER}*`}`,
        detail: message,
      })),
    );
  }
  return parsed.data;
}

function contentTypeOf(headers: Headers): string {
  const parsed = ContentType.safeParse(headers.get("content-type") ?? BYTES_TYPE);
  if (!parsed.success) throw invalid("headers.Content-Type", parsed.error.issues[0]?.message ?? "");
  return parsed.data;
}

/** Text stays text where it is text, so that it is read as it was sent. */
function bodyOf(bytes: Uint8Array, contentType: string): string | Uint8Array {
  if (!isJson(contentType) && !/^text\//i.test(contentType)) return bytes;
  const text = utf8Text(bytes);
  if (text === undefined) throw invalid("body", "is no UTF-8 text: send it with a binary Content-Type");
  if (isJson(contentType)) checkJson(text);
  return text;
}

function checkJson(text: string): void {
  let wrong: string | undefined;
  try {
    wrong = jsonProblem(JSON.parse(text));
  } catch (error) {
    wrong = `is no JSON: ${(error as Error).message}`;
  }
  if (wrong !== undefined) throw invalid("body", wrong);
}

/** An operation's field is a header here. */
function asHeaders(error: InvalidRequest): InvalidRequest {
  const fields = error.errors.map(({ path, detail }) =>
    path === "key" ? { path: "headers.Sluice-Key", detail } : { path, detail },
  );
  return new InvalidRequest(fields);
}

export const publishRawRoute = route({
  id: "publishRaw",
  method: "POST",
  path: "/v1/topics/{topic}/messages/raw",
  summary: "Publish one message: the body is the message's, Sluice-Attribute-NAME headers are its attributes",
  params: TopicPath,
  headers: RawHeaders,
  rawBody: true,
  answer: PublishAnswer,
  errors: PUBLISH_ERRORS,
  handle: async (engine, { params, headers, raw }) => {
    const contentType = contentTypeOf(raw.headers);
    const meta = given({
      key: headers["Sluice-Key"],
      tag: headers["Sluice-Tag"],
      businessKey: headers["Sluice-Business-Key"],
      expiresAtMs: expiresAt(headers["Sluice-Expires-In-Seconds"], engine.clock.nowMs()),
      attributes: attributesOf(headers),
    });
    const content: MessageContent = { body: bodyOf(raw.bytes, contentType), contentType, ...meta };
    const error = tooLarge(content);
    if (error) throw error;
    const [result] = await publish(engine, params.topic, [content]);
    if (result?.kind === "failed") {
      throw result.error instanceof InvalidRequest ? asHeaders(result.error) : result.error;
    }
    const messages = result ? [{ id: result.id, publishedAt: timeText(result.publishedAtMs) }] : [];
    return { body: { messages } };
  },
});
