import type { z } from "zod";
import type { Failure } from "../domain/progress/failures.js";
import { timeText } from "./answers.js";
import type { FailedAttempts } from "./contracts/failed-attempt.js";
import { given } from "./given.js";

/** A message's attempts that failed, if it has any. */
export const failedAttempts = (
  failures: readonly Failure[] = [],
): { readonly attempts?: z.input<typeof FailedAttempts> } =>
  failures.length === 0
    ? {}
    : {
        attempts: failures.map(({ atMs, attempt, kind, error, among }) => ({
          at: timeText(atMs),
          attempt,
          outcome: kind,
          ...given({ error, together: among }),
        })),
      };
