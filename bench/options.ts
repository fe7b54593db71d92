/** What a benchmark may be told. */
export interface BenchOptions {
  /** Of an emulator of AWS that is running, for those that deploy; otherwise they start one. */
  readonly endpointUrl: string | undefined;
  /** Of delayed messages; empty: the usual ones. */
  readonly delaysSeconds: readonly number[];
}
