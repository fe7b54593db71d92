import type { SaidOfFailed } from "../../domain/delivery-outcome.js";

/** What failed, by a handler's answer: these message ids, with what it says of each, or the whole batch. */
export type HandlerAnswer = ReadonlyMap<string, SaidOfFailed> | "all";

/** Reads the answer that Lambda returns. An empty answer means success; one that is not valid JSON fails the batch. */
export function readAnswer(text: string, ids: ReadonlySet<string>): HandlerAnswer {
  const answer = parsed(text);
  return answer === NOT_JSON ? "all" : failedIn(answer, ids);
}

/** What a failure may say beside its id; an SQS trigger reads over it. */
interface Failure {
  readonly itemIdentifier?: unknown;
  readonly outcome?: unknown;
  readonly error?: unknown;
}

/**
 * What an answer lists as failed, read as an SQS trigger reads it: no list means success. An entry without an id, or
 * with an id that is not in the batch, fails the whole batch; so does one with an outcome that does not exist, since it
 * asks for something that will not happen.
 */
export function failedIn(answer: unknown, ids: ReadonlySet<string>): HandlerAnswer {
  if (typeof answer !== "object" || answer === null) return new Map();
  const failures = (answer as { batchItemFailures?: unknown }).batchItemFailures;
  if (failures === null || failures === undefined) return new Map();
  if (!Array.isArray(failures)) return "all";
  const failed = new Map<string, SaidOfFailed>();
  for (const failure of failures as (Failure | null)[]) {
    const { itemIdentifier: id, outcome = "retry", error } = failure ?? {};
    if (typeof id !== "string" || !ids.has(id)) return "all";
    if (outcome !== "retry" && outcome !== "reject") return "all";
    failed.set(id, {
      ...(outcome === "reject" ? { isRejected: true } : {}),
      ...(typeof error === "string" && error !== "" ? { error } : {}),
    });
  }
  return failed;
}

/** The error that the handler threw, in its own words. */
export function thrownText(text: string): string {
  const thrown = parsed(text);
  if (typeof thrown !== "object" || thrown === null) return text === "" ? "the handler failed" : text;
  const { errorType, errorMessage } = thrown as { errorType?: unknown; errorMessage?: unknown };
  if (typeof errorMessage !== "string") return text;
  return typeof errorType === "string" ? `${errorType}: ${errorMessage}` : errorMessage;
}

const NOT_JSON = Symbol("not JSON");

function parsed(text: string): unknown {
  try {
    return text === "" ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return NOT_JSON;
  }
}
