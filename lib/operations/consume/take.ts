import type { LeaseConsumer, Lease } from "../../domain/progress/records.js";
import type { Handed } from "../../domain/handed.js";
import type { Message } from "../../domain/message.js";
import type { PlacedMessage } from "../log/placed-message.js";

/** A consumer's request. */
export interface Take {
  readonly maxMessages: number;
  readonly maxBytes: number;
  /** How many messages may be taken if they go apart. @default maxMessages */
  readonly maxApart?: number;
  /** How many bytes a message counts for in `maxBytes`. @default its stored size */
  readonly sizeOf?: (message: Message) => number;
  /** Whether messages were taken already: then a first message that is too large is not taken either. */
  readonly isContinued?: boolean;
  /**
   * Never take more than asked for, however many races are lost: the rest would be left waiting among failed messages.
   */
  readonly isModest?: boolean;
  /** Whether nothing new has come: then only what is due is looked for. */
  readonly isDueOnly?: boolean;
  /** Whether it looks again soon if there is nothing: then it may believe that nothing is due. */
  readonly isPolling?: boolean;
  /** Whether the lease counts no attempt: its consumer hands the messages out one after the other. */
  readonly isBlock?: boolean;
  /** Whether nothing is handed out: only what has no attempt left is taken, into the dead letters. */
  readonly onlyBuries?: boolean;
  /** From now until the lease's deadline. */
  readonly leaseMs: number;
  /** Who asks, as far as that is known. */
  readonly consumer?: LeaseConsumer;
  /** How many other messages it has in hand; undefined if it does not say. */
  readonly beside?: number;
}

/** The messages handed out, and their leases. */
export interface TakenMessages {
  readonly leases: readonly Lease[];
  readonly handed: readonly Handed[];
  /** Whether one of them may be what its consumer fails by, so that no others are handed out with them. */
  readonly isApart?: true;
}

/** Consumers' requests that are answered together: one at least. */
export type Takes = readonly [Take, ...Take[]];

/** New messages under one lease. */
export interface Part {
  readonly lease: Lease;
  readonly placed: readonly PlacedMessage[];
}

/**
 * New messages. `parts`: one for each of the first requests, in their order; there may be none left for later ones.
 * `isFull`: it ended at a limit, so there may be more. `hasEnded`: the leases that were to end with it have ended.
 */
export type TakenParts =
  | {
      readonly kind: "taken";
      readonly parts: readonly Part[];
      readonly isFull: boolean;
      readonly hasEnded?: true;
    }
  | { readonly kind: "empty" }
  | { readonly kind: "lost" };

/** The same for one request. */
export type TakenAhead =
  | ({ readonly kind: "taken"; readonly isFull: boolean } & Part)
  | { readonly kind: "empty" }
  | { readonly kind: "lost" };

/**
 * `lost`: another process changed the same records first, or with `hasBuried` this one made dead letters of them;
 * another look may find more.
 */
export type Taken =
  | ({ readonly kind: "taken" } & TakenMessages)
  | { readonly kind: "empty" }
  | { readonly kind: "lost"; readonly hasBuried?: boolean };
