import { ATTEMPT_ERROR_BYTES, type MessageAttempt, RUNS_AT_MOST, runsOf } from "../domain/journal.js";
import { dueId } from "../domain/progress/records.js";
import { shortened } from "../domain/progress/shortened.js";
import type { Reader } from "../domain/reader.js";
import { isTraced } from "../domain/topic.js";
import type { Engine } from "./engine.js";

const DAY_MS = 86_400_000;
/** So long attempts wait for others, to be written together. */
const WAIT_MS = 1_000;
/** So long a write is waited for. */
const PATIENCE_MS = 2_000;

/**
 * Writes what became of attempts, if their topic is traced. Never fails, and holds nobody up for long: what cannot be
 * written is told, and lost. It is kept a day longer than messages, since one may end on its last day.
 */
export async function writeJournal(
  engine: Engine,
  reader: Reader,
  attempts: readonly MessageAttempt[],
): Promise<void> {
  if (!isTraced(reader.topic) || attempts.length === 0) return;
  const failure = await inTime(engine, writeRuns(engine, reader, attempts).then(undefined, String));
  if (failure === undefined) return;
  const { topic, subscription } = reader;
  const about = { topic: topic.name, subscription: subscription.name, messages: attempts.length };
  engine.telemetry.event("journal-failed", "warn", { ...about, error: failure });
}

async function writeRuns(
  { journal, clock, random }: Engine,
  { topic, subscription }: Reader,
  attempts: readonly MessageAttempt[],
): Promise<undefined> {
  const nowMs = clock.nowMs();
  const expiresAtMs = nowMs + topic.retentionSeconds * 1_000 + DAY_MS;
  const runs = runsOf(attempts.map(withShortError));
  for (let from = 0; from < runs.length; from += RUNS_AT_MOST) {
    const some = runs.slice(from, from + RUNS_AT_MOST);
    await journal.write(subscription, { id: dueId(nowMs, random.nonce()), runs: some, expiresAtMs });
  }
}

/** Why it failed, or that it takes too long. Whoever settles waits: a function may stand still once it has answered. */
async function inTime({ clock }: Engine, failure: Promise<string | undefined>): Promise<string | undefined> {
  const enough = new AbortController();
  const late = clock.sleep(PATIENCE_MS, enough.signal).then(() => `it took longer than ${PATIENCE_MS} ms`);
  const first = await Promise.race([failure, late]);
  enough.abort();
  return first;
}

const withShortError = ({ error, ...attempt }: MessageAttempt): MessageAttempt =>
  error === undefined ? attempt : { ...attempt, error: shortened(error, ATTEMPT_ERROR_BYTES) };

/** What a process that delivers for long has to write: together with what ends in the same second. */
export class Journal {
  #reader: Reader | undefined;
  #attempts: MessageAttempt[] = [];
  #sinceMs = 0;

  constructor(private readonly engine: Engine) {}

  /** Notes attempts of one subscription. Returns a write that is due now, if one is. */
  note(reader: Reader, attempts: readonly MessageAttempt[]): Promise<void> | undefined {
    if (!isTraced(reader.topic)) return undefined;
    const nowMs = this.engine.clock.nowMs();
    if (this.#attempts.length === 0) this.#sinceMs = nowMs;
    // The subscription is the same; how long its topic keeps messages may have changed.
    this.#reader = reader;
    this.#attempts.push(...attempts);
    const isFull = this.#attempts.length >= RUNS_AT_MOST || nowMs >= this.#sinceMs + WAIT_MS;
    return isFull ? this.flush() : undefined;
  }

  /** Writes what is left. */
  async flush(): Promise<void> {
    const [attempts, reader] = [this.#attempts, this.#reader];
    this.#attempts = [];
    if (reader) await writeJournal(this.engine, reader, attempts);
  }
}
