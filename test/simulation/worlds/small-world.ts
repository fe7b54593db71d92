import type { SubscriptionSettings } from "../../../lib/domain/subscription.js";
import type { Process } from "../process.js";
import type { Place } from "./choosing-world.js";
import type { Stage } from "./stage.js";

/** A few processes on one topic with one subscription, and what each of them does, once. */
export interface SmallWorld {
  readonly depth: number;
  /** Fewer interleavings mean that its actors do not meet any more; default: 5. */
  readonly least?: number;
  readonly settings?: Partial<SubscriptionSettings>;
  readonly partitions?: number;
  /** What none of the actors writes to: reads of it are left out of what is ordered. */
  readonly unchanged?: readonly Place[];
  readonly pumpRunMs?: number;
  /** The most deliveries that one pump keeps in flight; default: as many as in every run. */
  readonly laneWidth?: number;
  /** Timers that may pass before the end of a handler is heard of, default: 2. */
  readonly heardLate?: number;
  /** What the first deliveries take; later ones a millisecond. */
  readonly turnsMs?: readonly number[];
  /** How many of the first deliveries fail; default: none. */
  readonly failing?: number;
  /** Published beforehand, and how long before the rest begins. `isInEach`: so many in each partition. */
  readonly before?: {
    readonly messages: number;
    readonly agoMs: number;
    readonly isInEach?: true;
    readonly areConsumed?: boolean;
    /** By the clock, just before the rest begins. */
    readonly isLookedAfter?: boolean;
    /** By TTL: nothing is stored any more. */
    readonly isGone?: boolean;
  };
  readonly actors: Readonly<Record<string, (stage: Stage, process: Process) => Promise<void>>>;
}
