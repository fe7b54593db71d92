import type { Handed } from "../../domain/handed.js";

/** What a consumer asks for. */
export interface Take {
  readonly maxMessages: number;
  readonly maxBytes: number;
  /** From now until the lease's deadline. */
  readonly leaseMs: number;
  /** Partitions that are none of this consumer's business; default: none. */
  readonly serves?: (partition: number) => boolean;
}

/** `lost`: somebody else moved the head first. `busy`: ordering, and the partition has a lease open. */
export type Taken =
  | { readonly kind: "taken"; readonly handed: readonly Handed[] }
  | { readonly kind: "empty" }
  | { readonly kind: "lost" };
