import type { Reader } from "../../domain/reader.js";
import type { Engine } from "../engine.js";
import type { MemoryAccount } from "../memory-budget.js";
import type { Batch } from "./batch.js";
import type { Pacing } from "./pacing.js";
import type { Signal } from "./signal.js";

/**
 * Supplies a session's batches without ever waiting for one: looks run in the background and raise the session's signal
 * when they end.
 */
export interface Supply {
  /** Whether the last look found nothing. */
  readonly isDry: boolean;
  /** Deliveries to keep room for, because a running look may bring them. */
  readonly expected: number;
  /** Whether a batch can be taken or a look can begin now. */
  readonly canStart: boolean;
  /** When the next look may begin. A time in the past means at once. */
  readonly lookAtMs: number;
  take(): Batch | undefined;
  look(): void;
  /** Looks again at once, even where the last look found nothing. */
  lookAnew(): void;
}

/** A supply whose messages the pump owns, and which writes their outcomes itself: several at once. */
export interface CommittingSupply extends Supply {
  /** Whether what killed the previous owners may still lie ahead: small steps until the first commit. */
  readonly isCareful: boolean;
  /** Whether a commit has something to write, or will have. */
  readonly hasUncommitted: boolean;
  /** Whether it should be committed now. */
  readonly isCrowded: boolean;
  /**
   * Commits in the background. `leaseUntilMs`: the deadline of leases that it writes. `isQuiet`: nothing more is to be
   * expected for now, so nothing waits for it.
   */
  commit(leaseUntilMs: number, isQuiet: boolean): void;
  /** Makes the last commits; running deliveries continue under leases. Tries until `untilMs`. */
  close(leaseMs: number, untilMs: number): Promise<void>;
}

/** What every supply of a session works with. */
export interface SupplyContext {
  readonly engine: Engine;
  readonly reader: Reader;
  readonly account: MemoryAccount;
  readonly signal: Signal;
  readonly pacing: Pacing;
  /**
   * Reports a failure. If the store failed, the call is repeated later; any other error is a bug and ends the session.
   */
  readonly fail: (what: string, error: unknown) => void;
}
