import type { FieldProblem } from "./errors.js";
import { JSON_DEPTH_LIMIT, jsonDepth } from "./json-walk.js";
import { type MessageContent, isJson } from "./message.js";

/*
 * What a message may be, wherever it comes from. Requests are checked against the API's own contract
 * (lib/http/contracts/message.ts); a test holds the two together.
 */

const KEY_CHARACTERS = 128;
const BUSINESS_KEY_CHARACTERS = 256;
const ATTRIBUTES_AT_MOST = 32;
const ATTRIBUTE_CHARACTERS = 1_024;
const CONTENT_TYPE_CHARACTERS = 255;

const TAG = /^\S{1,128}$/;
const ATTRIBUTE_NAME = /^[A-Za-z0-9_.-]{1,128}$/;
const RESERVED_NAME = /^(sluice-|__proto__$)/i;
const CONTENT_TYPE = /^[\w.+-]+\/[\w.+-]+(\s*;[\x20-\x7e]*)?$/;
const SURROGATE = /\p{Surrogate}/u;

/** All that is wrong with a message, each with its path. A text as its body has to be JSON. */
export function faultsIn(content: MessageContent): readonly FieldProblem[] {
  const { key, tag, businessKey, attributes, contentType } = content;
  return [
    ...bodyFaults(content),
    ...(contentType.length <= CONTENT_TYPE_CHARACTERS && CONTENT_TYPE.test(contentType)
      ? []
      : [{ path: "contentType", detail: "must be a media type, such as image/png" }]),
    ...textFaults("key", key, KEY_CHARACTERS),
    ...textFaults("businessKey", businessKey, BUSINESS_KEY_CHARACTERS),
    ...(tag === undefined || (isText(tag) && TAG.test(tag))
      ? []
      : [{ path: "tag", detail: "must be one word of at most 128 characters" }]),
    ...(attributes === undefined ? [] : attributeFaults(attributes)),
  ];
}

export const faultsText = (faults: readonly FieldProblem[]): string =>
  faults.map(({ path, detail }) => `${path}: ${detail}`).join("; ");

function bodyFaults({ body, contentType }: MessageContent): readonly FieldProblem[] {
  if (typeof body !== "string") return [];
  if (!isJson(contentType))
    return [{ path: "body", detail: `is a text, and "${contentType}" is not JSON: give its bytes instead` }];
  if (SURROGATE.test(body)) return [{ path: "body", detail: "is not well-formed Unicode" }];
  if (!isJsonText(body)) return [{ path: "body", detail: "is not valid JSON" }];
  const isDeep = jsonDepth(body) > JSON_DEPTH_LIMIT;
  return isDeep ? [{ path: "body", detail: `is nested deeper than ${JSON_DEPTH_LIMIT} levels` }] : [];
}

function isJsonText(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const isText = (value: unknown): value is string => typeof value === "string" && !SURROGATE.test(value);

const textFaults = (path: string, text: unknown, characters: number): readonly FieldProblem[] =>
  text === undefined || (isText(text) && text.length >= 1 && text.length <= characters)
    ? []
    : [{ path, detail: `must be text of 1 to ${characters} characters` }];

function attributeFaults(attributes: unknown): readonly FieldProblem[] {
  if (typeof attributes !== "object" || attributes === null || Array.isArray(attributes))
    return [{ path: "attributes", detail: "must be an object" }];
  const all = Object.entries(attributes);
  if (all.length > ATTRIBUTES_AT_MOST)
    return [{ path: "attributes", detail: `must have at most ${ATTRIBUTES_AT_MOST} fields` }];
  return all.flatMap(([name, value]) => {
    const path = `attributes.${name}`;
    if (!ATTRIBUTE_NAME.test(name))
      return [{ path, detail: "a name must be 1 to 128 characters from A-Z a-z 0-9 _ . -" }];
    if (RESERVED_NAME.test(name)) return [{ path, detail: 'a name must not begin with "Sluice-"' }];
    return isAttributeValue(value)
      ? []
      : [{ path, detail: "must be text of at most 1024 characters, a number, or true or false" }];
  });
}

const isAttributeValue = (value: unknown): boolean =>
  typeof value === "boolean" ||
  (typeof value === "number" && Number.isFinite(value)) ||
  (isText(value) && value.length <= ATTRIBUTE_CHARACTERS);
