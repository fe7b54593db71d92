import { SluiceUsageError } from "./errors.js";

/** Sends a request below one place of the API; returns the response, and its text. */
export type Send = (
  method: string,
  path: string,
  body?: unknown,
) => Promise<{ readonly text: string; readonly value: unknown }>;

const ID = /^[\w.~-]{1,200}$/;

/** An id becomes part of a path. @throws {SluiceUsageError} */
export function checkedId(id: string): string {
  if (typeof id === "string" && ID.test(id)) return id;
  throw new SluiceUsageError(`${JSON.stringify(id)} is not the id of a message`);
}

/** The query of a request, with what is given. */
export function queryOf(options: object): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options))
    if (value !== undefined) query.set(name, String(value));
  return query.size > 0 ? `?${query.toString()}` : "";
}
