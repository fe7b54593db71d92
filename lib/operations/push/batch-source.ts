import type { Batch } from "./batch.js";

/** Where a pump gets its batches from. */
export interface BatchSource {
  /** The next batch, undefined where there is nothing for now. `free`: deliveries that could start. */
  next(free: number): Promise<Batch | undefined>;
  /** Whether so much waits for a commit that nothing more can be taken. */
  readonly isCrowded: boolean;
  /**
   * Moves the heads over what is done; true if anything moved. `leaseUntilMs`: for stragglers that it must leave
   * behind.
   */
  commit(leaseUntilMs: number): Promise<boolean>;
  /** The last one: whatever is still in flight goes on under a lease. */
  commitAll(leaseUntilMs: number): Promise<void>;
}
