import type { Clock } from "../../domain/ports/clock.js";

/** A clock that its test moves. */
export interface MemoryClock extends Clock {
  /** Moves the time on, waking sleepers in the order of their times and letting each go on before the next. */
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
  /** Of those with the same time, who went to sleep first wakes first. */
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
