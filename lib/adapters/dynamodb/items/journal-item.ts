import {
  ATTEMPT_OUTCOMES,
  type AttemptRun,
  type JournalEntry,
  type JournalShard,
} from "../../../domain/journal.js";
import { timeInId } from "../../../domain/progress/records.js";
import { subscriptionKey } from "../../../domain/subscription.js";
import { FORMAT, readable } from "./format.js";

export const journalKey = ({ subscription, shard }: JournalShard): string =>
  `journal#${subscriptionKey(subscription)}#${shard}`;

/**
 * A run as numbers: partition, first offset, count, attempt, when it began (milliseconds before the entry), how long it
 * took, its outcome's place in `ATTEMPT_OUTCOMES`, and that of its error in `e`, if it has one.
 */
type StoredRun = readonly number[];

/** The runs are JSON text: a list of lists of numbers would take three bytes more for each of them. */
export function journalItem(shard: JournalShard, { id, runs, expiresAtMs }: JournalEntry) {
  const atMs = timeInId(id);
  const errors = [...new Set(runs.flatMap(({ error }) => (error === undefined ? [] : [error])))];
  const stored = runs.map((run): StoredRun => {
    const { partition, from, to, attempt, startedAtMs, endedAtMs, outcome, error } = run;
    const fields = [partition, from, to - from, attempt, atMs - startedAtMs, endedAtMs - startedAtMs];
    const told = [...fields, ATTEMPT_OUTCOMES.indexOf(outcome)];
    return error === undefined ? told : [...told, errors.indexOf(error)];
  });
  return {
    pk: journalKey(shard),
    sk: id,
    f: FORMAT,
    r: JSON.stringify(stored),
    ...(errors.length > 0 ? { e: errors } : {}),
    exp: expiresAtMs,
    expiresAt: Math.ceil(expiresAtMs / 1_000),
  };
}

/** undefined for a damaged item. @throws {StoredFormatTooNew} */
export function journalEntryOf(item: Record<string, unknown>): JournalEntry | undefined {
  const { sk, r, e, exp } = readable(item);
  if (typeof sk !== "string" || typeof r !== "string") return undefined;
  const errors = Array.isArray(e) ? (e as readonly string[]) : [];
  const atMs = timeInId(sk);
  const runs = storedRuns(r)?.flatMap((stored) => runOf(stored, atMs, errors));
  return runs && { id: sk, runs, expiresAtMs: Number(exp) };
}

function storedRuns(text: string): readonly StoredRun[] | undefined {
  try {
    const stored: unknown = JSON.parse(text);
    return Array.isArray(stored) ? (stored as readonly StoredRun[]) : undefined;
  } catch {
    return undefined;
  }
}

/** One whose outcome a later release has added is left out. */
function runOf(stored: StoredRun, atMs: number, errors: readonly string[]): readonly AttemptRun[] {
  const [partition = 0, from = 0, count = 0, attempt = 0, agoMs = 0, tookMs = 0, place = -1, why = -1] =
    stored;
  const outcome = ATTEMPT_OUTCOMES[place];
  if (!outcome) return [];
  const startedAtMs = atMs - agoMs;
  const error = errors[why];
  const run = {
    partition,
    from,
    to: from + count,
    attempt,
    startedAtMs,
    endedAtMs: startedAtMs + tookMs,
    outcome,
  };
  return [error === undefined ? run : { ...run, error }];
}
