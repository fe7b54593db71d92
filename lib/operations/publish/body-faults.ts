import { InvalidRequest, SchemaViolated, type SluiceError, Throttled } from "../../domain/errors.js";
import { type MessageContent, isJson } from "../../domain/message.js";
import type { BodyCheck } from "../../domain/ports/schemas.js";
import type { Topic, TopicRef } from "../../domain/topic.js";
import type { Engine } from "../engine.js";

const NO_JSON = "must be JSON, since the topic has a schema";
const UPLOADED =
  "is too large to be checked by the topic's schema: publish up to 4 MB, or to a topic without a schema";
const NOT_CHECKED_RETRY_MS = 1_000;
/** What any schema takes for its validator, in characters of a schema. */
const VALIDATOR_CHARACTERS = 3_000;

/**
 * What keeps each of these messages from its topic, if the topic has a schema; undefined where nothing does.
 * `Throttled`: it was not checked, because those before it took too long, and may well fit.
 */
export async function bodyFaults(
  engine: Engine,
  { schema }: Pick<Topic, "schema">,
  contents: readonly MessageContent[],
): Promise<readonly (SluiceError | undefined)[]> {
  if (schema === undefined) return contents.map(() => undefined);
  const checked = contents.map(({ body, contentType }) =>
    isJson(contentType) && typeof body === "string" ? body : undefined,
  );
  const check = await checkOf(engine, schema);
  const found = check(checked.filter((body) => body !== undefined)).values();
  return checked.map((body, at) => {
    if (body === undefined) {
      const detail = contents[at]?.uploaded ? UPLOADED : NO_JSON;
      return new SchemaViolated([{ path: "body", detail }]);
    }
    const faults = found.next().value;
    if (!faults) return new Throttled("checking bodies by the topic's schema", NOT_CHECKED_RETRY_MS);
    if (faults.length === 0) return undefined;
    return new SchemaViolated(faults).below("body");
  });
}

async function checkOf(engine: Engine, schema: string): Promise<BodyCheck> {
  const known = engine.caches.bodyChecks.get(schema);
  if (known) return known;
  const check = await readable(engine, schema);
  engine.caches.bodyChecks.set(schema, check, VALIDATOR_CHARACTERS + schema.length);
  return check;
}

/** It was checked when it was set. Where another release does not take it, no body passes unchecked. */
async function readable({ schemas }: Engine, schema: string): Promise<BodyCheck> {
  try {
    return await schemas.compile(schema);
  } catch (error) {
    if (!(error instanceof InvalidRequest)) throw error;
    const detail = "cannot be checked: this release does not take the topic's schema";
    return (bodies) => bodies.map(() => [{ path: "", detail }]);
  }
}

export function tellRefused(
  { telemetry }: Engine,
  { name, uid }: TopicRef,
  faults: readonly (SluiceError | undefined)[],
): void {
  const messages = faults.filter((fault) => fault instanceof InvalidRequest).length;
  if (messages > 0) telemetry.event("schema-violated", "info", { topic: name, uid, messages });
}
