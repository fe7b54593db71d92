import type { Clock } from "../../domain/ports/clock.js";

/** A clock that a test moves. */
export interface MemoryClock extends Clock {
  /** Moves time forward and wakes sleepers in order of time. Each runs as far as it can before the next wakes. */
  advance(ms: number): Promise<void>;
}

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

/** Lets everything run that can run now. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function memoryClock(startMs: number): MemoryClock {
  let nowMs = startMs;
  const sleepers = new Set<Sleeper>();
  /** Sleepers with the same time wake in the order in which they went to sleep. */
  const nextUntil = (untilMs: number): Sleeper | undefined =>
    [...sleepers].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
  return {
    nowMs: () => nowMs,
    sleep: (ms, signal) =>
      new Promise<void>((resolve) => {
        if (ms <= 0 || signal?.aborted) return resolve();
        const wake = (): void => {
          sleepers.delete(sleeper);
          signal?.removeEventListener("abort", wake);
          resolve();
        };
        const sleeper: Sleeper = { atMs: nowMs + ms, wake };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", wake);
      }),
    turn: () => Promise.resolve(),
    advance: async (ms) => {
      const untilMs = nowMs + ms;
      await settle();
      for (let next = nextUntil(untilMs); next; next = nextUntil(untilMs)) {
        nowMs = Math.max(nowMs, next.atMs);
        next.wake();
        await settle();
      }
      nowMs = Math.max(nowMs, untilMs);
      await settle();
    },
  };
}
