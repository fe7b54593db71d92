import type { Lease } from "../../domain/progress/records.js";
import type { Handed } from "../../domain/handed.js";
import type { Message } from "../../domain/message.js";

/** What a consumer asks for. */
export interface Take {
  readonly maxMessages: number;
  readonly maxBytes: number;
  /** What a message counts for in `maxBytes`; default: its stored size. */
  readonly sizeOf?: (message: Message) => number;
  /** Whether messages were taken before, so that not even the first goes where it is too large. */
  readonly isContinued?: boolean;
  /** From now until the lease's deadline. */
  readonly leaseMs: number;
  /** Partitions that are none of this consumer's business; default: none. */
  readonly serves?: (partition: number) => boolean;
}

/** Messages that were handed out, and the leases that stand behind them. */
export interface TakenMessages {
  readonly leases: readonly Lease[];
  readonly handed: readonly Handed[];
}

/** `lost`: somebody else changed the same records first; another look may find more. */
export type Taken =
  ({ readonly kind: "taken" } & TakenMessages) | { readonly kind: "empty" } | { readonly kind: "lost" };
