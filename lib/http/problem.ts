import type { z } from "zod";
import { type FieldProblem, InvalidRequest, SluiceError } from "../domain/errors.js";
import type { Problem } from "./contracts/common.js";

export type ProblemBody = z.infer<typeof Problem>;

/** A name, no address: it stays when documents move. */
const typeOf = (code: string): string => `urn:sluice:problem:${code}`;
const titleOf = (code: string): string => code.charAt(0).toUpperCase() + code.slice(1).replaceAll("-", " ");

/** An error as callers see it (RFC 9457). What is not one of ours shows nothing of itself. */
export function problemOf(error: unknown, requestId?: string): ProblemBody {
  const id = requestId === undefined ? {} : { requestId };
  if (!(error instanceof SluiceError)) {
    const code = "internal-error";
    const detail = "something went wrong on our side; nothing is known to be stored: try again";
    return { type: typeOf(code), title: titleOf(code), status: 500, detail, code, ...id };
  }
  const { code, status, message: detail, errors } = error;
  const fields = errors ? { errors: errors.map(({ path, detail: text }) => ({ path, detail: text })) } : {};
  return { type: typeOf(code), title: titleOf(code), status, detail, code, ...fields, ...id };
}

/** A path as the field reads in the request: `messages[3].key`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? String(part) : `${text}.${String(part)}`;
  }, "");
}

/** The same error, its paths read from `prefix` on: what is one field to an operation is part of a request here. */
export function placedUnder(prefix: string, error: SluiceError): SluiceError {
  if (!(error instanceof InvalidRequest)) return error;
  return new InvalidRequest(
    error.errors.map(({ path, detail }) => ({ path: path === "" ? prefix : `${prefix}.${path}`, detail })),
  );
}

/** What zod found, as field problems: an unknown field is named by its own path. */
export function invalidRequestOf(error: z.ZodError, under: readonly PropertyKey[] = []): InvalidRequest {
  return new InvalidRequest(error.issues.flatMap((issue) => problemsOf(issue, under)));
}

function problemsOf(issue: z.core.$ZodIssue, under: readonly PropertyKey[]): FieldProblem[] {
  const path = [...under, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    const detail = "is no field that is known here: see GET /v1/openapi.json";
    return issue.keys.map((key) => ({ path: pathText([...path, key]), detail }));
  }
  return [{ path: pathText(path), detail: issue.message }];
}
