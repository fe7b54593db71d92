import type { z } from "zod";
import { type FieldProblem, InvalidRequest, SluiceError } from "../domain/errors.js";
import type { Problem } from "./contracts/common.js";
import { EncodingNotSupported, MethodNotAllowed } from "./errors.js";
import type { ApiAnswer } from "./request.js";
import { STATUSES, codeOf, hintOf } from "./status.js";

/** The header with the request's id, by which the log knows it. */
export const REQUEST_ID = "Sluice-Request-Id";

export type ProblemBody = z.infer<typeof Problem>;

/** A URN instead of a URL, so that it stays valid when the docs move. */
const typeOf = (code: string): string => `urn:sluice:problem:${code}`;
const titleOf = (code: string): string => code.charAt(0).toUpperCase() + code.slice(1).replaceAll("-", " ");

/** An error as callers see it (RFC 9457). Details of unexpected errors stay hidden. */
export function problemOf(error: unknown, requestId?: string): ProblemBody {
  const code = codeOf(error);
  const shown = error instanceof SluiceError && code === error.code ? error : undefined;
  const detail = shown
    ? `${shown.message}${hintOf(code)}`
    : "something went wrong on our side and the request may or may not have taken effect: try again";
  return {
    type: typeOf(code),
    title: titleOf(code),
    status: STATUSES[code],
    detail,
    code,
    ...(shown?.errors
      ? { errors: shown.errors.map(({ path, detail: text }) => ({ path, detail: text })) }
      : {}),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

/** An error as a response. */
export function problemAnswer(error: unknown, requestId: string): ApiAnswer {
  const body = problemOf(error, requestId);
  const headers: Record<string, string> = { "Content-Type": "application/problem+json" };
  if (error instanceof MethodNotAllowed) headers.Allow = error.allowed.join(", ");
  if (error instanceof EncodingNotSupported) headers["Accept-Encoding"] = "gzip";
  if (error instanceof SluiceError && error.retryAfterMs !== undefined) {
    headers["Retry-After"] = String(Math.max(1, Math.ceil(error.retryAfterMs / 1_000)));
  }
  return { status: body.status, headers, body: JSON.stringify(body) };
}

/** A field's path as text: `messages[3].key`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? String(part) : `${text}.${String(part)}`;
  }, "");
}

/** Prefixes each path of the error: an operation's `key` becomes `messages[3].key`. */
export function placedUnder(prefix: string, error: SluiceError): SluiceError {
  return error instanceof InvalidRequest ? error.below(prefix) : error;
}

/** Turns zod's issues into field problems; each unknown field gets its own path. */
export function invalidRequestOf(error: z.ZodError, under: readonly PropertyKey[] = []): InvalidRequest {
  const byPath = new Map<string, z.core.$ZodIssue[]>();
  for (const issue of error.issues) {
    const path = pathText(issue.path);
    byPath.set(path, [...(byPath.get(path) ?? []), issue]);
  }
  const told = [...byPath.values()].flatMap(worthTelling);
  return new InvalidRequest(told.flatMap((issue) => problemsOf(issue, under)));
}

/**
 * Drops issues that do not help: zod also measures a value of the wrong type (a list where text is expected has "at
 * most 1000 items"), and checks whole numbers against 2^53 as well as against their own maximum.
 */
function worthTelling(issues: readonly z.core.$ZodIssue[]): readonly z.core.$ZodIssue[] {
  const wrongType = issues.find(({ code }) => code === "invalid_type");
  if (wrongType) return [wrongType];
  const hasMaximum = issues.filter(({ code }) => code === "too_big").length > 1;
  return issues.filter(
    (issue) => !(hasMaximum && issue.code === "too_big" && issue.maximum === Number.MAX_SAFE_INTEGER),
  );
}

function problemsOf(issue: z.core.$ZodIssue, under: readonly PropertyKey[]): FieldProblem[] {
  const path = [...under, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    const detail = "is not a known field: see GET /v1/openapi.json";
    return issue.keys.map((key) => ({ path: pathText([...path, key]), detail }));
  }
  return [{ path: pathText(path), detail: issue.message }];
}
