import { type Refusal, SluiceProblem } from "./errors.js";
import { problemIn } from "./transport.js";

const STATUS_OK = 200;

/** @throws {SluiceProblem} for a proxy's answer with a status of success */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SluiceProblem(problemIn(text, STATUS_OK));
  }
}

/** Splits results by outcome; each keeps its index in the request. */
export function byOutcome<R extends object>(results: readonly (R | { error: Refusal["problem"] })[]) {
  const done: { readonly index: number; readonly result: Exclude<R, { error: unknown }> }[] = [];
  const refused: Refusal[] = [];
  for (const [index, result] of results.entries()) {
    if ("error" in result) refused.push({ index, problem: result.error });
    else done.push({ index, result: result as Exclude<R, { error: unknown }> });
  }
  return { done, refused };
}
