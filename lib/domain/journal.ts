import { hashBelow } from "./hash.js";
import type { Offset } from "./slot.js";
import type { SubscriptionRef } from "./subscription.js";

/**
 * How an attempt ended. `done`: acknowledged, or taken by its target. `failed`: its handler failed, or its consumer
 * sent it back. `rejected`: its consumer said that no other attempt will do.
 */
export const ATTEMPT_OUTCOMES = ["done", "failed", "rejected"] as const;
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

/** An attempt that has ended with an answer. Times are epoch milliseconds, by the clock of whoever delivered. */
export interface Attempt {
  /** Which attempt it was, from 1. */
  readonly attempt: number;
  /** When the message was handed out. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly outcome: AttemptOutcome;
  /** Why it failed, cut short. */
  readonly error?: string;
}

/** An attempt of one message. */
export interface MessageAttempt extends Attempt {
  readonly partition: number;
  readonly offset: Offset;
}

/** The same attempt of neighbouring messages, `from` to before `to`. */
export interface AttemptRun extends Attempt {
  readonly partition: number;
  readonly from: Offset;
  readonly to: Offset;
}

/** What one process writes at once into the journal of a subscription. */
export interface JournalEntry {
  /** When it was written, and a nonce: entries are in the order of their ids. */
  readonly id: string;
  readonly runs: readonly AttemptRun[];
  readonly expiresAtMs: number;
}

/** Whose journal, and which part of it: many consumers write at once. */
export interface JournalShard {
  readonly subscription: SubscriptionRef;
  readonly shard: number;
}

/** A shard takes a thousand writes a second: one partition key of the table. */
export const JOURNAL_SHARDS = 4;
/** The most runs of one entry, each with an error text: well within an item. */
export const RUNS_AT_MOST = 500;
/** The most of each error text. */
export const ATTEMPT_ERROR_BYTES = 256;

export const shardOf = (id: string): number => hashBelow(id, JOURNAL_SHARDS);

/** Most messages are delivered beside their neighbours, and end with them: these share a run. */
export function runsOf(attempts: readonly MessageAttempt[]): readonly AttemptRun[] {
  const sorted = [...attempts].sort(
    (one, other) => one.partition - other.partition || one.offset - other.offset,
  );
  const runs: AttemptRun[] = [];
  for (const { offset, ...attempt } of sorted) {
    const last = runs.at(-1);
    if (last && last.to === offset && areSame(last, attempt))
      runs[runs.length - 1] = { ...last, to: offset + 1 };
    else runs.push({ ...attempt, from: offset, to: offset + 1 });
  }
  return runs;
}

type Placed = Attempt & { readonly partition: number };

const areSame = (one: Placed, other: Placed): boolean =>
  one.partition === other.partition &&
  one.attempt === other.attempt &&
  one.startedAtMs === other.startedAtMs &&
  one.endedAtMs === other.endedAtMs &&
  one.outcome === other.outcome &&
  one.error === other.error;

/** The attempts of one message that an entry tells of. */
export const attemptsIn = (
  { runs }: JournalEntry,
  { partition, offset }: { readonly partition: number; readonly offset: Offset },
): readonly Attempt[] =>
  runs
    .filter((run) => run.partition === partition && run.from <= offset && offset < run.to)
    .map(({ partition: _, from: __, to: ___, ...attempt }) => attempt);

/** The entry without what it tells of why attempts of one message failed; undefined if it tells nothing of that. */
export function withoutErrors(
  entry: JournalEntry,
  { partition, offset }: { readonly partition: number; readonly offset: Offset },
): JournalEntry | undefined {
  const tells = (run: AttemptRun): boolean =>
    run.error !== undefined && run.partition === partition && run.from <= offset && offset < run.to;
  if (!entry.runs.some(tells)) return undefined;
  return { ...entry, runs: entry.runs.flatMap((run) => (tells(run) ? withoutErrorAt(run, offset) : [run])) };
}

/** Its neighbours keep what they share. */
function withoutErrorAt(run: AttemptRun, offset: Offset): readonly AttemptRun[] {
  const { error: _, ...told } = run;
  const parts = [
    { ...run, to: offset },
    { ...told, from: offset, to: offset + 1 },
    { ...run, from: offset + 1 },
  ];
  return parts.filter(({ from, to }) => from < to);
}

/** In the order in which they began; one that two have told of comes once. */
export function inOrder(attempts: readonly Attempt[]): readonly Attempt[] {
  const known = new Map(attempts.map((attempt) => [nameOf(attempt), attempt]));
  return [...known.values()].sort(
    (one, other) => one.startedAtMs - other.startedAtMs || one.attempt - other.attempt,
  );
}

const nameOf = ({ attempt, startedAtMs, outcome }: Attempt): string => `${attempt} ${startedAtMs} ${outcome}`;
