import type { LaneRef } from "./lane.js";
import type { Reader } from "./reader.js";
import type { Offset, Slot } from "./slot.js";
import type { PartitionRef } from "./topic.js";

/** A stream record: this partition has something new. Nothing that delivery depends on travels in it. */
export interface Doorbell extends PartitionRef {
  /** Where the slot that rang ends. */
  readonly end?: Offset;
  /** What the slot shows of its messages. It only tells who need not be woken. */
  readonly slot?: Pick<Slot, "header" | "count"> & Partial<Pick<Slot, "unpackedBytes">>;
}

/** A partition with something new, and where that ends. */
export interface News {
  readonly partition: number;
  readonly end: Offset;
}

/** What a process that starts a pump knows. A pump that knows none of it looks it up. */
export interface PumpHints {
  /** All that the pump is started for. It looks for more before it rests unless it consumed exactly this. */
  readonly news?: readonly News[];
  /** The topic and the subscription, as they were at `readAtMs`. */
  readonly known?: Reader & { readonly readAtMs: number };
  /** The subscription sleeps, and its target is to be tried now. */
  readonly probes?: true;
  /** Time between this doorbell of the topic and the one before. */
  readonly gapMs?: number;
}

/** One start of a pump. */
export interface PumpStart extends LaneRef {
  readonly hints?: PumpHints;
}
