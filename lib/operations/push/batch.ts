import type { Handed } from "../../domain/handed.js";
import type { Run, RunEntry } from "../../domain/moves/commit.js";
import type { Lease } from "../../domain/progress/records.js";
import type { Reader } from "../../domain/reader.js";

interface BatchParts {
  /** The subscription as it was when the batch was taken. */
  readonly reader: Reader;
  readonly handed: readonly Handed[];
  /** Call it when the messages are no longer needed, to free their memory. */
  readonly free: () => void;
}

/** Messages that are held by leases. */
export interface LeasedBatch extends BatchParts {
  readonly kind: "leased";
  readonly leases: readonly Lease[];
}

/** A run of the log that the pump owns. */
export interface OwnedBatch extends BatchParts, Run {
  readonly kind: "owned";
  failed: readonly RunEntry[] | undefined;
  /** Empty, unless the head had to move on before the delivery ended. */
  leases: readonly Lease[];
}

export type Batch = OwnedBatch | LeasedBatch;
