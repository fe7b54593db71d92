/** Time for the operations, injected so that tests and the simulation control it. */
export interface Clock {
  nowMs(): number;
  /** Resolves after `ms`, or as soon as `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Resolves once everything that can run now has run. Takes no time. */
  turn(): Promise<void>;
}
