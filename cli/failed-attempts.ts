import type { FailedAttempt } from "../lib/client/index.js";

/** A message's attempts that failed, a line each. */
export const attemptLines = (attempts: readonly FailedAttempt[], indent = "  "): string =>
  attempts.map((attempt) => `${indent}${lineOf(attempt)}`).join("\n");

function lineOf({ at, attempt, outcome, error, together }: FailedAttempt): string {
  const among = together === undefined ? "" : `, one of ${together} together`;
  const why = error === undefined ? "" : `  ${JSON.stringify(error)}`;
  return `${at}  attempt ${attempt}  ${outcome}${among}${why}`;
}
