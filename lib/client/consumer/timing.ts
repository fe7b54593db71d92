/** Time and chance for a consumer, injected so that tests and the simulation control them. */
export interface Timing {
  /** Milliseconds on a clock that nobody sets: only differences count. */
  nowMs(): number;
  /** Resolves after `ms`, or as soon as `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** At least 0, and less than 1. */
  random(): number;
}

export const systemTiming: Timing = {
  nowMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const timer = setTimeout(done, ms);
      function done(): void {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      }
      signal?.addEventListener("abort", done);
    }),
  random: () => Math.random(),
};

/** Calls `run` after `ms`, unless the function that it returns is called before. */
export function after(timing: Timing, ms: number, run: () => void): () => void {
  const cancelled = new AbortController();
  void timing.sleep(ms, cancelled.signal).then(() => {
    if (!cancelled.signal.aborted) run();
  });
  return () => cancelled.abort();
}

/**
 * Gives `work` a signal that aborts after `ms`, or as soon as `stopped` aborts. It rejects then, whether `work` listens
 * to its signal or not.
 */
export async function within<T>(
  timing: Timing,
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
  stopped?: AbortSignal,
): Promise<T> {
  const limit = new AbortController();
  const stop = (): void => limit.abort(new Error("the consumer stops"));
  const cancel = after(timing, ms, () => limit.abort(new Error(`no answer within ${ms} ms`)));
  if (stopped?.aborted) stop();
  stopped?.addEventListener("abort", stop);
  try {
    return await Promise.race([work(limit.signal), aborted(limit.signal)]);
  } finally {
    cancel();
    stopped?.removeEventListener("abort", stop);
  }
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const fail = (): void => reject(signal.reason as Error);
    if (signal.aborted) fail();
    signal.addEventListener("abort", fail, { once: true });
  });
