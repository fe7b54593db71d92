import { Token } from "aws-cdk-lib";
import type { IConstruct } from "constructs";
import { compileSchema } from "../lib/adapters/json-schema/compile.js";
import { timingProblems } from "../lib/domain/cron.js";
import { InvalidRequest, SchemaViolated } from "../lib/domain/errors.js";
import { JSON_TYPE, type MessageContent, messageSizeBytes } from "../lib/domain/message.js";
import { faultsIn } from "../lib/domain/message-limits.js";
import { SCHEDULED_LIMIT_BYTES, SCHEDULE_DEFAULTS } from "../lib/domain/schedule.js";
import { Checks, hasToken } from "./check.js";
import type { ITopic } from "./queue.js";
import type { ScheduleMessage } from "./schedule-options.js";
import type { ScheduleProps } from "./schedule-props.js";

const BYTES_TYPE = "application/octet-stream";
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Checks at synthesis what the API would refuse in the middle of a deployment. @throws {Error} */
export function checkSchedule(construct: IConstruct, props: ScheduleProps): void {
  const checks = new Checks(construct);
  const { cron, timeZone = SCHEDULE_DEFAULTS.timeZone, message, topic } = props;
  checks.text("description", props.description, 1_000);
  checks.flag("paused", props.paused);
  checks.flag("adopt", props.adopt);
  checkTiming(checks, cron, timeZone);
  checks.seconds("message.expiresIn", message?.expiresIn, 1, 31_536_000);
  checks.complete("message.body", message?.body);
  if (!hasToken({ ...message, expiresIn: undefined })) checkMessage(checks, topic, message);
}

function checkTiming(checks: Checks, cron: string, timeZone: string): void {
  for (const [what, value] of Object.entries({ cron, timeZone }))
    if (typeof value !== "string") checks.refuse(`${what} is ${JSON.stringify(value)}: use text`);
  const isLate = { cron: Token.isUnresolved(cron), timeZone: Token.isUnresolved(timeZone) };
  // What is known is checked by itself.
  const known = { cron: isLate.cron ? "@daily" : cron, timeZone: isLate.timeZone ? "UTC" : timeZone };
  const [problem] = timingProblems(known, Date.now());
  if (problem) checks.refuse(`${problem.path} ${problem.detail}`);
}

function checkMessage(checks: Checks, topic: ITopic, message: ScheduleMessage | undefined): void {
  if (typeof message !== "object" || message === null)
    checks.refuse("message is missing: say what each run publishes, such as { body: { report: 7 } }");
  checks.compiles("message", () => {
    const content = contentOf(message);
    const problems = [...faultsIn(content)];
    if (topic.ordering === "key" && message.key === undefined)
      problems.push({ path: "key", detail: 'is required: the topic\'s ordering is "key"' });
    const sizeBytes = messageSizeBytes(content);
    if (sizeBytes > SCHEDULED_LIMIT_BYTES)
      problems.push({ path: "", detail: `has ${sizeBytes} bytes: at most ${SCHEDULED_LIMIT_BYTES}` });
    if (problems.length > 0) throw new InvalidRequest(problems);
    checkFits(topic, content);
  });
}

/** @throws {InvalidRequest} */
function contentOf({ body, bodyBase64, contentType, ...message }: ScheduleMessage): MessageContent {
  const { key, tag, businessKey, attributes } = message;
  const fields = {
    ...(key === undefined ? {} : { key }),
    ...(tag === undefined ? {} : { tag }),
    ...(businessKey === undefined ? {} : { businessKey }),
    ...(attributes === undefined ? {} : { attributes }),
  };
  if (bodyBase64 === undefined) {
    const text = JSON.stringify(body) as string | undefined;
    if (text === undefined) throw refusal("body", "is required: a JSON value, or bodyBase64");
    if (contentType !== undefined) throw refusal("contentType", "goes with bodyBase64: body is JSON");
    return { body: text, contentType: JSON_TYPE, ...fields };
  }
  if (body !== undefined) throw refusal("bodyBase64", "cannot be combined with body: give one of them");
  if (typeof bodyBase64 !== "string" || !BASE64.test(bodyBase64))
    throw refusal("bodyBase64", "must be base64 with padding");
  return { body: Buffer.from(bodyBase64, "base64"), contentType: contentType ?? BYTES_TYPE, ...fields };
}

const refusal = (path: string, detail: string): InvalidRequest => new InvalidRequest([{ path, detail }]);

/** @throws {SchemaViolated} */
function checkFits({ schema }: ITopic, { body, contentType }: MessageContent): void {
  if (schema === undefined || hasToken(schema)) return;
  if (contentType !== JSON_TYPE || typeof body !== "string")
    throw refusal("body", "must be JSON, since the topic has a schema");
  const [faults = []] = compileSchema(JSON.stringify(schema))([body]);
  if (faults.length > 0) throw new SchemaViolated(faults).below("body");
}
