import type { Reader } from "../../domain/reader.js";
import type { Engine } from "../engine.js";
import type { MemoryAccount } from "../memory-budget.js";
import type { Batch } from "./batch.js";
import type { Signal } from "./signal.js";

/**
 * Where a session gets its batches from. It never waits for one: looks go on in the background, and raise the session's
 * signal when they are over.
 */
export interface Supply {
  /** Whether the last look found nothing, and none has found anything since. */
  readonly isDry: boolean;
  /** Deliveries that room has to be kept for: a look under way may bring them. */
  readonly expected: number;
  /** Whether a batch can be taken, or a look can begin, at once. */
  readonly canStart: boolean;
  /** When the next look may begin; a time that has passed: at once. */
  readonly lookAtMs: number;
  take(): Batch | undefined;
  look(): void;
  /** What is known to be dry is looked at once more, at once. */
  lookAnew(): void;
}

/** What every supply of a session works with. */
export interface SupplyContext {
  readonly engine: Engine;
  readonly reader: Reader;
  readonly account: MemoryAccount;
  readonly signal: Signal;
  /** What the store cannot do now is tried again later; anything else is a bug, and ends the session. */
  readonly fail: (what: string, error: unknown) => void;
}
