import { z } from "zod";
import { FAILURES_KEPT, FAILURE_ERROR_BYTES, FAILURE_KINDS } from "../../domain/progress/failures.js";
import { Time } from "./common.js";

const FailedAttempt = z
  .object({
    at: Time.meta({ description: "May be rounded down to a minute, where many failed together" }),
    attempt: z.number().int().meta({ description: "Which attempt it was" }),
    outcome: z.enum(FAILURE_KINDS).meta({
      description:
        "It failed or was sent back; its consumer rejected it; its lease ran out; " +
        "or it had been a dead letter, and was sent again",
    }),
    error: z
      .string()
      .optional()
      .meta({ description: `In its consumer's words, up to ${FAILURE_ERROR_BYTES} bytes of them` }),
    together: z
      .number()
      .int()
      .optional()
      .meta({ description: "So many messages failed together; none of them was charged with it" }),
  })
  .meta({ id: "FailedAttempt" });

export const FailedAttempts = z
  .array(FailedAttempt)
  .optional()
  .meta({ description: `Its attempts that failed, the earliest first: the last ${FAILURES_KEPT}` });
