import { AtomicTooLarge } from "./errors.js";
import { TOGETHER_LIMIT } from "./together.js";

/** What a publish that is all or nothing writes in its transaction, at the most. */
export interface AtomicWrites {
  /** Slots: one for each partition. */
  readonly partitions: number;
  readonly dedupIds: number;
  readonly delayed: number;
  /** Of the delayed messages, by topic: each has a timer. */
  readonly times: number;
  readonly hasKey: boolean;
}

/** A slot, and its partition's anchor where the last slot is old: a request that fits once always does. */
const WRITES_A_PARTITION = 2;

/** @throws {AtomicTooLarge} that says what takes how much */
export function assertFits(writes: AtomicWrites): void {
  const { partitions, dedupIds, delayed, times, hasKey } = writes;
  const parts = [
    [WRITES_A_PARTITION * partitions, `${WRITES_A_PARTITION} for each of ${partitions} partitions`],
    [dedupIds, `1 for each of ${dedupIds} dedupIds`],
    [delayed, `1 for each of ${delayed} delayed messages`],
    [times, `1 for each of the ${times} times at which those are due`],
    [hasKey ? 1 : 0, "1 for the Idempotency-Key"],
  ] as const;
  const count = parts.reduce((sum, [writesOfPart]) => sum + writesOfPart, 0);
  if (count <= TOGETHER_LIMIT) return;
  const what = parts.flatMap(([writesOfPart, words]) => (writesOfPart > 0 ? [words] : [])).join(", ");
  throw new AtomicTooLarge(
    `all or nothing is one transaction of up to ${TOGETHER_LIMIT} writes, and this takes ${count}: ${what}`,
  );
}
