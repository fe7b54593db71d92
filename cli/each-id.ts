import { SluiceProblem } from "../lib/client/index.js";
import type { Work } from "./command.js";
import { CommandFailed } from "./context.js";

interface ForEach {
  readonly act: (id: string) => Promise<unknown>;
  /** What is printed for an id that it succeeded for. */
  readonly status: string;
  /** What the ids become, as in "1 of 2 could not be settled". */
  readonly participle: string;
  readonly result: Work<unknown>["result"];
}

interface Outcome {
  readonly id: string;
  readonly status?: string;
  readonly error?: { readonly code: string; readonly detail: string };
}

/**
 * Does the same for each id, one after the other, and prints what became of it. What the API refuses for one id costs
 * the others nothing.
 * @throws {CommandFailed} once all are printed, if one was refused. Any other error ends it at once.
 */
export async function forEachId(
  ids: readonly string[],
  { act, status, participle, result }: ForEach,
): Promise<void> {
  const results: Outcome[] = [];
  for (const id of ids) {
    try {
      await act(id);
      results.push({ id, status });
    } catch (error) {
      if (!(error instanceof SluiceProblem)) throw error;
      results.push({ id, error: { code: error.code, detail: error.problem.detail } });
    }
  }
  const lines = results.map(({ id, error }) => `${id}\t${error ? `${error.code}: ${error.detail}` : status}`);
  await result({ results }, lines.join("\n"));
  const failed = results.filter(({ error }) => error !== undefined).length;
  if (failed > 0) throw new CommandFailed(`${failed} of ${results.length} could not be ${participle}`);
}
