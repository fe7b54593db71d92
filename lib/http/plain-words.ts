import type { z } from "zod";

type RawIssue = z.core.$ZodRawIssue;
type Bound = Extract<RawIssue, { code: "too_small" | "too_big" }>;

const TYPES: Readonly<Record<string, string>> = {
  string: "must be text",
  number: "must be a number",
  int: "must be a whole number",
  boolean: "must be true or false",
  array: "must be a list",
  object: "must be an object",
  record: "must be an object",
  null: "must be null",
  never: "must be left out",
};

const UNITS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  string: ["character", "characters"],
  array: ["item", "items"],
  set: ["item", "items"],
  record: ["field", "fields"],
};

const FORMATS: Readonly<Record<string, string>> = {
  datetime: "must be a time such as 2026-08-01T12:00:00Z",
  base64: "must be base64 with padding",
  url: "must be a URL",
};

/**
 * Says what a value must be, unless its schema says so itself, instead of zod's "Too small: expected number to be >=1".
 * It is passed with each parse, because zod's global setting would also change the schemas of this library's users.
 */
export const PLAIN_WORDS = { error: plainWords };

function plainWords(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined
        ? "is required"
        : (TYPES[issue.expected] ?? `must be a ${issue.expected}`);
    case "invalid_value":
      return `${issue.input === undefined ? "is required:" : "must be"} ${oneOf(issue.values)}`;
    case "too_small":
      return bound(issue, issue.minimum, issue.inclusive === false ? "more than" : "at least");
    case "too_big":
      return bound(issue, issue.maximum, issue.inclusive === false ? "less than" : "at most");
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    case "invalid_format":
      return FORMATS[issue.format] ?? `must have the form ${issue.pattern ?? issue.format}`;
    case "unrecognized_keys":
      return `has unknown fields: ${issue.keys.join(", ")}`;
    case "invalid_key":
    case "invalid_element":
      return issue.issues.map(placed).join("; ");
    case "invalid_union":
      return unionWords(issue);
    default:
      return "is not valid";
  }
}

function bound({ origin, exact }: Bound, limit: number | bigint, than: string): string {
  const units = UNITS[origin];
  const amount = `${exact ? "exactly" : than} ${limit}`;
  return units ? `must have ${amount} ${units[Number(limit) === 1 ? 0 : 1]}` : `must be ${amount}`;
}

function unionWords(issue: Extract<RawIssue, { code: "invalid_union" }>): string {
  if (issue.input === undefined) return "is required";
  if (issue.inclusive === false) return "fits more than one form: give one of them";
  // The discriminator is unknown: `options` holds its possible values.
  if (issue.options && issue.options.length > 0) return `must be ${oneOf(issue.options)}`;
  const options = issue.errors.flatMap(([first]) => (first ? [placed(first)] : []));
  return options.length > 0
    ? [...new Set(options)].join(", or ").replaceAll(", or must be ", " or ")
    : "is not valid";
}

/** An error inside a value, with its path: `time is required`. */
const placed = ({ path, message }: z.core.$ZodIssue): string => [...path.map(String), message].join(" ");

/** `"none" or "key"` */
function oneOf(values: readonly z.core.util.Primitive[]): string {
  const texts = values.map((value) => (typeof value === "string" ? JSON.stringify(value) : String(value)));
  const last = texts.pop() ?? "";
  return texts.length > 0 ? `${texts.join(", ")} or ${last}` : last;
}
