import { type FieldProblem, InvalidRequest, MessageTooLarge, type SluiceError } from "../../domain/errors.js";
import { roundedDueMs } from "../../domain/delayed.js";
import { invariant } from "../../domain/invariant.js";
import type { PublishResult } from "../../domain/publish-result.js";
import { JSON_TYPE, type MessageContent, bodySizeBytes } from "../../domain/message.js";
import { type TraceContext, traceContextIn } from "../../domain/trace-context.js";
import { publishAtomically } from "../../operations/atomic/publish-atomically.js";
import { type Draft, publishOrDelay } from "../../operations/delay/publish-or-delay.js";
import { TopicPath } from "../contracts/common.js";
import { BODY_LIMIT_BYTES, NewMessage, type TopicMessage, hasLostAttribute } from "../contracts/message.js";
import { PublishAnswer, PublishBody, PublishHeaders } from "../contracts/publish.js";
import { type JsonSource, type Source, depthProblem } from "../json-source.js";
import { PLAIN_WORDS } from "../plain-words.js";
import { invalidRequestOf, placedUnder, problemOf } from "../problem.js";
import { route } from "../route.js";
import { IDEMPOTENCY_KEY, sentBytes, sentRequest } from "../sent-request.js";
import type { ErrorCode } from "../status.js";
import { timeText } from "../answers.js";
import { given } from "../given.js";
import { publishUploaded } from "../uploaded.js";

export const PUBLISH_ERRORS = [
  "topic-not-found",
  "topic-paused",
  "message-too-large",
  "idempotency-key-reused",
  "schema-violated",
] as const satisfies readonly ErrorCode[];
export const BYTES_TYPE = "application/octet-stream";

/** A message as it will be stored, or what is wrong with it. */
export type Checked = Draft | { readonly error: SluiceError };

/** One message of a request: its fields, the source text of its body, and its numbers that are not exact. */
export interface Sent {
  readonly message: unknown;
  readonly source: Source | undefined;
  readonly inexact: readonly FieldProblem[];
}

export function checkMessage(
  { message, source, inexact }: Sent,
  nowMs: number,
  sender: Sender,
  schema: typeof NewMessage | typeof TopicMessage = NewMessage,
): Checked {
  const parsed = schema.safeParse(message, PLAIN_WORDS);
  if (!parsed.success) return { error: invalidRequestOf(parsed.error) };
  const problems = [...inexact];
  if (hasLostAttribute(message))
    problems.push({ path: "attributes.__proto__", detail: "is not a valid name" });
  const tooDeep = source && depthProblem(source.depth);
  if (tooDeep !== undefined) problems.push({ path: "body", detail: tooDeep });
  if (problems.length > 0) return { error: new InvalidRequest(problems) };
  const { bodyBase64, contentType, key, tag, attributes, businessKey, dedupId, expiresInSeconds } =
    parsed.data;
  const { uploadId } = parsed.data;
  const stored =
    uploadId === undefined ? storedBody(source, bodyBase64, contentType) : { ...NO_BODY_YET, uploadId };
  const deliverAtMs = deliverAt(parsed.data, nowMs);
  if (deliverAtMs instanceof InvalidRequest) return { error: deliverAtMs };
  const expiresAtMs = expiresAt(expiresInSeconds, deliverAtMs ?? nowMs);
  const content: MessageContent = {
    ...stored,
    ...given({ key, tag, attributes, businessKey, dedupId, expiresAtMs }),
    ...(traceOf(parsed.data) ?? traceOf(sender)),
    requestId: sender.requestId,
    ...given({ publishedBy: sender.publishedBy }),
  };
  const error = tooLarge(content);
  return error ? { error } : { content, ...given({ deliverAtMs }) };
}

/** Of a message whose body was uploaded: it is looked for once all is checked. */
const NO_BODY_YET = { body: "", contentType: BYTES_TYPE };

/** As a message or a request's headers have it. */
interface GivenTrace {
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
}

/** What a request tells of all its messages. */
export interface Sender extends GivenTrace {
  readonly publishedBy: string | undefined;
  readonly requestId: string;
}

export const traceOf = ({ traceparent, tracestate }: GivenTrace): TraceContext | undefined =>
  traceContextIn(traceparent, tracestate);

/** A body as it is stored: JSON as its source text, or bytes. */
export const storedBody = (
  source: Source | undefined,
  bodyBase64: string | undefined,
  contentType = BYTES_TYPE,
): Pick<MessageContent, "body" | "contentType"> =>
  bodyBase64 === undefined
    ? { body: textOf(source), contentType: JSON_TYPE }
    : { body: Buffer.from(bodyBase64, "base64"), contentType };

function textOf(source: Source | undefined): string {
  invariant(source !== undefined, "a message has a body that its request does not show");
  return source.text;
}

/** When a message is to be published, if not at once; rounded as it is answered and kept. */
export function deliverAt(
  {
    delaySeconds,
    deliverAt: time,
  }: { readonly delaySeconds?: number | undefined; readonly deliverAt?: string | undefined },
  nowMs: number,
): number | InvalidRequest | undefined {
  if (delaySeconds !== undefined) return roundedDueMs(nowMs + delaySeconds * 1_000);
  if (time === undefined) return undefined;
  const dueMs = Date.parse(time);
  const aheadMs = dueMs - nowMs;
  if (aheadMs >= DELAY_FROM_MS && aheadMs <= DELAY_UP_TO_MS) return roundedDueMs(dueMs);
  const detail = `must be 1 second to a year ahead: it is now ${timeText(nowMs)}`;
  return new InvalidRequest([{ path: "deliverAt", detail }]);
}

const DELAY_FROM_MS = 1_000;
const DELAY_UP_TO_MS = 31_536_000_000;

export const expiresAt = (expiresInSeconds: number | undefined, nowMs: number): number | undefined =>
  expiresInSeconds === undefined ? undefined : nowMs + expiresInSeconds * 1_000;

export function tooLarge(content: MessageContent): SluiceError | undefined {
  const sizeBytes = bodySizeBytes(content);
  return sizeBytes > BODY_LIMIT_BYTES ? new MessageTooLarge(sizeBytes, BODY_LIMIT_BYTES) : undefined;
}

/** The results in the order of the request, of which `stored` are those of the valid messages. */
export function publishAnswer(checked: readonly Checked[], stored: readonly PublishResult[]) {
  const next = stored.values();
  const results = checked.map((one, index) => {
    const result = "error" in one ? { kind: "failed" as const, error: one.error } : next.next().value;
    return answerOf(result as PublishResult, `messages[${index}]`);
  });
  const failed = results.filter((result) => "error" in result).length;
  return { messages: results, ...(failed > 0 ? { failed } : {}) };
}

/** The valid messages, with their places in the request. */
export const draftsIn = <Valid extends Draft>(
  checked: readonly (Valid | { readonly error: SluiceError })[],
): readonly Valid[] => checked.flatMap((one, index) => ("content" in one ? [{ ...one, index }] : []));

/** All or nothing: one that is not valid refuses them all. @throws {InvalidRequest} that names each mistake */
export function allValid<Valid extends Draft>(
  checked: readonly (Valid | { readonly error: SluiceError })[],
): readonly Valid[] {
  const problems = checked.flatMap((one, index) =>
    "error" in one ? problemsOf(one.error, `messages[${index}]`) : [],
  );
  if (problems.length > 0) throw new InvalidRequest(problems);
  return draftsIn(checked);
}

function problemsOf(error: SluiceError, place: string): readonly FieldProblem[] {
  const { errors } = placedUnder(place, error);
  return errors ?? [{ path: place, detail: error.message }];
}

function answerOf(result: PublishResult, place: string) {
  if (result.kind === "failed") return { error: problemOf(placedUnder(place, result.error)) };
  return storedAnswer(result);
}

export const storedAnswer = (result: Exclude<PublishResult, { readonly kind: "failed" }>) => ({
  id: result.id,
  ...(result.kind === "published"
    ? { publishedAt: timeText(result.publishedAtMs) }
    : { deliverAt: timeText(result.deliverAtMs) }),
  ...(result.isRepeat ? { deduplicated: true as const } : {}),
});

export const isBody = (path: string): boolean => /^messages\[\d+\]\.body$/.test(path);

/** Each message with its part of the source. @throws {InvalidRequest} for an inexact number outside every message */
export function sentIn(messages: readonly unknown[], source: JsonSource | undefined): readonly Sent[] {
  const inexact = new Map<number, FieldProblem[]>();
  for (const problem of source?.inexact ?? []) {
    const [, index, path] = /^messages\[(\d+)\]\.(.*)$/s.exec(problem.path) ?? [];
    if (index === undefined || path === undefined) throw new InvalidRequest([problem]);
    inexact.set(Number(index), [...(inexact.get(Number(index)) ?? []), { ...problem, path }]);
  }
  return messages.map((message, index) => ({
    message,
    source: source?.kept.get(`messages[${index}].body`),
    inexact: inexact.get(index) ?? [],
  }));
}

export const publishRoute = route({
  id: "publish",
  method: "POST",
  path: "/v1/topics/{topic}/messages",
  summary: "Publish 1 to 1000 messages; one result for each",
  params: TopicPath,
  headers: PublishHeaders,
  body: PublishBody,
  answer: PublishAnswer,
  errors: [...PUBLISH_ERRORS, "atomic-too-large"],
  keeps: isBody,
  handle: async (engine, { params: { topic }, headers, body, source, raw, principal, requestId }) => {
    const nowMs = engine.clock.nowMs();
    const sender = { ...headers, publishedBy: principal, requestId };
    const all = sentIn(body.messages, source).map((sent) => checkMessage(sent, nowMs, sender));
    const request = sentRequest(headers[IDEMPOTENCY_KEY], ["messages", sentBytes(raw.bytes, all)]);
    const uploads = { checked: all, topicOf: () => topic, isKeyed: request !== undefined };
    return await publishUploaded(engine, uploads, async (checked) => {
      const stored = body.atomic
        ? await publishAtomically(
            engine,
            allValid(checked).map((draft) => ({ ...draft, topic })),
            request && { ...request, scope: "topic" },
          )
        : await publishOrDelay(engine, topic, draftsIn(checked), request);
      return { body: publishAnswer(checked, stored) };
    });
  },
});
