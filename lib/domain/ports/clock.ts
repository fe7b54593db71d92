/** Time, as the operations see it: injected, so that tests and the simulation own it. */
export interface Clock {
  nowMs(): number;
  /** Resolves after `ms`, or as soon as `signal` is aborted; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
