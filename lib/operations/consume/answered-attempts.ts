import type { AttemptOutcome, MessageAttempt } from "../../domain/journal.js";
import type { Receipt } from "../../domain/receipt.js";

/** What a consumer has said of a message. */
interface Said {
  readonly outcome: "ack" | "retry" | "reject" | "extend";
  readonly error?: string;
}

/** Whoever asks for more time, or hands a message back, has not ended an attempt. */
const OUTCOMES: Readonly<Partial<Record<Said["outcome"], AttemptOutcome>>> = {
  ack: "done",
  retry: "failed",
  reject: "rejected",
};

/** What the journal is told of settled messages: of those whose receipts say how they were handed out. */
export const answeredAttempts = <S extends Said>(
  settlements: readonly S[],
  receipts: ReadonlyMap<S, Receipt>,
  nowMs: number,
): readonly MessageAttempt[] =>
  settlements.flatMap((settlement): readonly MessageAttempt[] => {
    const receipt = receipts.get(settlement);
    const outcome = OUTCOMES[settlement.outcome];
    if (!receipt?.handing || !outcome) return [];
    const { partition, attempt, atMs: startedAtMs } = receipt.handing;
    const error = settlement.error ? { error: settlement.error } : {};
    const times = { startedAtMs, endedAtMs: Math.max(startedAtMs, nowMs) };
    return [{ partition, offset: receipt.offset, attempt, ...times, outcome, ...error }];
  });
