import type { Handed } from "./handed.js";
import type { Message } from "./message.js";
import type { Due, LeaseConsumer, Lease } from "./progress/records.js";
import type { Reader } from "./reader.js";

/** A consumer's receive, which others of its process may share a read and a write with. */
export interface Asking {
  readonly reader: Reader;
  readonly maxMessages: number;
  readonly maxBytes: number;
  /** How many bytes a message counts for in `maxBytes`. @default its stored size */
  readonly sizeOf?: (message: Message) => number;
  /** From now until the lease's deadline. */
  readonly leaseMs: number;
  /** Who asks, as far as that is known. */
  readonly consumer?: LeaseConsumer;
  /** How many other messages it has in hand; undefined if it does not say. */
  readonly beside?: number;
  /** Whether it looks again soon if there is nothing: then it may believe that nothing is due. */
  readonly isPolling?: boolean;
  /** Its whole leases of the partition in hand, to end with the move that takes for it (decision 70). */
  readonly ends: readonly string[];
  /** Aborts when nobody waits for the response any more: then nothing is taken. */
  readonly signal?: AbortSignal;
}

/** What a receive gets. `hasEnded`: what it `ends` has ended. */
export type Dealt = { readonly hasEnded?: true } & (
  | { readonly kind: "taken"; readonly leases: readonly Lease[]; readonly handed: readonly Handed[] }
  | { readonly kind: "empty" }
  /** Others got what there was in one partition: there may be more. */
  | { readonly kind: "again" }
  /** It has to look by itself. `due`: what was found due a moment ago. */
  | { readonly kind: "alone"; readonly due?: readonly Due[] }
);
