import type { PartitionRef } from "../../domain/topic.js";
import type { ConsumerMemory } from "../caches.js";
import type { Engine } from "../engine.js";
import type { PartsRead } from "./read-parts.js";
import type { Takes } from "./take.js";

/** What several consumers of one process share beside what they take. A pump's partitions have one consumer each. */
export interface Company {
  /** Whole leases in the cursor of the partition in hand: they end with the first move, if they can. */
  readonly ends: readonly string[];
  /** Begins to read what the same consumers will most likely take next; `read` is what they take now. */
  readAhead(
    engine: Engine,
    memory: ConsumerMemory,
    partition: PartitionRef,
    read: PartsRead,
    takes: Takes,
  ): void;
}
