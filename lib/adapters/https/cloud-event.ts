import type { Handed } from "../../domain/handed.js";
import { type AttributeValue, bodyElsewhere } from "../../domain/message.js";
import { oneLine } from "../../domain/progress/shortened.js";
import type { Reader } from "../../domain/reader.js";
import { timeText, withContent } from "./message-json.js";

/** The type of an event whose message has no tag. */
export const UNTAGGED_TYPE = "sluice.message";

/** The names that extensions may have, beside the specification's own. */
const EXTENSION_NAME = /^[a-z0-9]{1,20}$/;
const OWN_NAMES: ReadonlySet<string> = new Set([
  "specversion",
  "id",
  "source",
  "type",
  "subject",
  "time",
  "datacontenttype",
  "dataschema",
  "data",
]);
const SMALL_INTEGER = 2 ** 31;

/**
 * A message as a CloudEvent 1.0 in JSON. An attribute that CloudEvents can hold is an extension of its name; all others
 * are together in `sluiceattributes`, as JSON text, because an extension has no fractions, capitals or hyphens.
 */
export function cloudEventJson({ topic }: Reader, message: Handed): string {
  const { id, contentType, key, tag, businessKey, publishedAtMs, attempt, lastError } = message;
  const { traceparent, tracestate } = message;
  const fields = {
    // The extension for distributed tracing. The publisher's own attributes come first.
    traceparent,
    tracestate,
    ...attributesOf(message.attributes ?? {}),
    specversion: "1.0",
    id,
    source: `/topics/${topic.name}`,
    type: tag ?? UNTAGGED_TYPE,
    subject: key,
    time: timeText(publishedAtMs),
    datacontenttype: contentType,
    sluiceattempt: attempt,
    // The specification allows no control characters in it.
    sluicelasterror: lastError === undefined ? undefined : oneLine(lastError),
    sluicebusinesskey: businessKey,
    ...elsewhereOf(message),
  };
  return withContent(fields, message, "data", "data_base64");
}

/** An event without data says where its data is. Its size may be more than an integer of CloudEvents takes. */
function elsewhereOf(message: Handed): Record<string, string> {
  const elsewhere = bodyElsewhere(message);
  if (!elsewhere) return {};
  const { bodyUrl, bodyBytes, bodySha256 } = elsewhere;
  const digest = bodySha256 === undefined ? {} : { sluicebodysha256: bodySha256 };
  return { sluicebodyurl: bodyUrl, sluicebodybytes: String(bodyBytes), ...digest };
}

function attributesOf(attributes: Readonly<Record<string, AttributeValue>>): Record<string, AttributeValue> {
  const [fitting, others]: [[string, AttributeValue][], [string, AttributeValue][]] = [[], []];
  for (const entry of Object.entries(attributes)) (isExtension(entry) ? fitting : others).push(entry);
  const rest = others.length > 0 ? { sluiceattributes: JSON.stringify(Object.fromEntries(others)) } : {};
  return { ...Object.fromEntries(fitting), ...rest };
}

function isExtension([name, value]: readonly [string, AttributeValue]): boolean {
  if (!EXTENSION_NAME.test(name) || OWN_NAMES.has(name) || name.startsWith("sluice")) return false;
  if (typeof value === "number") return Number.isInteger(value) && Math.abs(value) < SMALL_INTEGER;
  return typeof value === "boolean" || /^[\x20-\x7e\xa0-\ud7ff]+$/.test(value);
}
