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

export function memoryClock(startMs: number): MemoryClock {
  let nowMs = startMs;
  let sleepers: Sleeper[] = [];
  /** Lets everything run that can run now. */
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    nowMs: () => nowMs,
    sleep: (ms, signal) =>
      new Promise<void>((resolve) => {
        if (signal?.aborted) return resolve();
        const sleeper: Sleeper = { atMs: nowMs + ms, wake: resolve };
        sleepers.push(sleeper);
        signal?.addEventListener("abort", () => {
          sleepers = sleepers.filter((other) => other !== sleeper);
          resolve();
        });
      }),
    advance: async (ms) => {
      const untilMs = nowMs + ms;
      for (;;) {
        await settle();
        const next = sleepers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
        if (!next) break;
        nowMs = Math.max(nowMs, next.atMs);
        sleepers = sleepers.filter((other) => other !== next);
        next.wake();
      }
      nowMs = untilMs;
      await settle();
    },
  };
}
