/** What failed, by a handler's answer: these message ids, or the whole batch. */
export type HandlerAnswer = ReadonlySet<string> | "all";

/** Reads the answer that Lambda returns. An empty answer means success; one that is not valid JSON fails the batch. */
export function readAnswer(text: string, ids: ReadonlySet<string>): HandlerAnswer {
  const answer = parsed(text);
  return answer === NOT_JSON ? "all" : failedIdsIn(answer, ids);
}

/**
 * The ids that an answer lists as failed, read as an SQS trigger reads them: no list means success. An entry without an
 * id, or with an id that is not in the batch, fails the whole batch.
 */
export function failedIdsIn(answer: unknown, ids: ReadonlySet<string>): HandlerAnswer {
  if (typeof answer !== "object" || answer === null) return new Set();
  const failures = (answer as { batchItemFailures?: unknown }).batchItemFailures;
  if (failures === null || failures === undefined) return new Set();
  if (!Array.isArray(failures)) return "all";
  const failed = new Set<string>();
  for (const failure of failures as unknown[]) {
    const id = (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier;
    if (typeof id !== "string" || !ids.has(id)) return "all";
    failed.add(id);
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
