import type { Handed } from "../../domain/handed.js";
import type { Run, RunEntry } from "../../domain/moves/commit.js";
import type { Lease } from "../../domain/progress/records.js";
import type { Reader } from "../../domain/reader.js";

interface BatchParts {
  /** Who it is delivered to, as it was when it was taken. */
  readonly reader: Reader;
  readonly handed: readonly Handed[];
  /** To be called once nobody needs its messages any more. */
  readonly free: () => void;
}

/** Messages that leases stand behind. */
export interface LeasedBatch extends BatchParts {
  readonly kind: "leased";
  readonly leases: readonly Lease[];
}

/** A run of the log that its pump owns. */
export interface OwnedBatch extends BatchParts, Run {
  readonly kind: "owned";
  failed: readonly RunEntry[] | undefined;
  /** None, unless the head had to go on without it. */
  leases: readonly Lease[];
}

export type Batch = OwnedBatch | LeasedBatch;
