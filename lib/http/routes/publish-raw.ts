import type { z } from "zod";
import { roundedDueMs } from "../../domain/delayed.js";
import { type FieldProblem, InvalidRequest } from "../../domain/errors.js";
import type { MessageContent } from "../../domain/message.js";
import type { SentRequest } from "../../domain/sent-request.js";
import { publishOrDelay } from "../../operations/delay/publish-or-delay.js";
import { TopicPath } from "../contracts/common.js";
import { Attributes, ContentType } from "../contracts/message.js";
import { ATTRIBUTE_HEADER, IGNORED_HEADERS, PublishAnswer, RawHeaders } from "../contracts/publish.js";
import { PLAIN_WORDS } from "../plain-words.js";
import { readableBody } from "../raw-body.js";
import { route } from "../route.js";
import { IDEMPOTENCY_KEY, sentRequest } from "../sent-request.js";
import { given } from "../given.js";
import { BYTES_TYPE, PUBLISH_ERRORS, expiresAt, storedAnswer, tooLarge, traceOf } from "./publish.js";

interface RawBody {
  readonly bytes: Uint8Array;
  readonly contentType: string | undefined;
}

const invalid = (path: string, detail: string): InvalidRequest => new InvalidRequest([{ path, detail }]);

/**
 * `Sluice-Attribute-Region: eu` becomes the attribute `region`: header names ignore case, so attributes get lower case.
 */
function attributesOf(headers: z.output<typeof RawHeaders>): MessageContent["attributes"] {
  const named = Object.entries(headers).filter(([name]) => name.startsWith(ATTRIBUTE_HEADER));
  if (named.length === 0) return undefined;
  const header = new Map(named.map(([name]) => [name.slice(ATTRIBUTE_HEADER.length).toLowerCase(), name]));
  const fields = Object.fromEntries([...header].map(([attribute, name]) => [attribute, headers[name]]));
  const parsed = Attributes.safeParse(fields, PLAIN_WORDS);
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

function checkedType(contentType: string = BYTES_TYPE): string {
  const parsed = ContentType.safeParse(contentType, PLAIN_WORDS);
  if (!parsed.success) throw invalid("headers.Content-Type", parsed.error.issues[0]?.message ?? "");
  return parsed.data;
}

/** Operations name the field `key`, which is a header here. */
const asHeaders = (error: InvalidRequest): InvalidRequest =>
  error.moved((path) => (path === "key" ? "headers.Sluice-Key" : path));

/** Headers in any order are the same request; those that are ignored, and its trace, are no part of it. */
function requestOf(
  { [IDEMPOTENCY_KEY]: key, traceparent: _, tracestate: __, ...headers }: z.output<typeof RawHeaders>,
  { bytes, contentType = "" }: RawBody,
): SentRequest | undefined {
  const fields = Object.entries(headers).filter(([name]) => !IGNORED_HEADERS.has(name));
  const sorted = fields.sort(([one], [other]) => (one < other ? -1 : 1));
  return sentRequest(key, ["raw", contentType, JSON.stringify(sorted), bytes]);
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
  handle: async (engine, { params, headers, raw, principal, requestId }) => {
    const contentType = checkedType(raw.contentType);
    const nowMs = engine.clock.nowMs();
    const delaySeconds = headers["Sluice-Delay-Seconds"];
    const deliverAtMs = delaySeconds === undefined ? undefined : roundedDueMs(nowMs + delaySeconds * 1_000);
    const meta = given({
      key: headers["Sluice-Key"],
      tag: headers["Sluice-Tag"],
      businessKey: headers["Sluice-Business-Key"],
      dedupId: headers["Sluice-Dedup-Id"],
      expiresAtMs: expiresAt(headers["Sluice-Expires-In-Seconds"], deliverAtMs ?? nowMs),
      attributes: attributesOf(headers),
      ...traceOf(headers),
      publishedBy: principal,
      requestId,
    });
    const content: MessageContent = { body: readableBody(raw.bytes, contentType), contentType, ...meta };
    const error = tooLarge(content);
    if (error) throw error;
    const draft = { content, ...given({ deliverAtMs }), index: 0 };
    const [result] = await publishOrDelay(engine, params.topic, [draft], requestOf(headers, raw));
    if (result?.kind === "failed") {
      throw result.error instanceof InvalidRequest ? asHeaders(result.error) : result.error;
    }
    return { body: { messages: result ? [storedAnswer(result)] : [] } };
  },
});
