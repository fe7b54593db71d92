import { type OwnedPartition } from "./owned-partition.js";
import type { Handed } from "../../domain/handed.js";
import type { Lease, SetAside } from "../../domain/progress/records.js";
import type { Place } from "../../domain/place.js";
import type { PlacedMessage } from "../log/placed-message.js";

/** Messages that a lease stands behind, delivered by a pump. */
export interface LeasedBatch {
  readonly kind: "leased";
  readonly handed: readonly Handed[];
}

export type Batch = OwnedBatch | LeasedBatch;

/** A run of the log that one delivery covers. It ends `done`, or `leased` where the head had to go on without it. */
export interface OwnedBatch {
  readonly kind: "owned";
  readonly owner: OwnedPartition;
  readonly entries: readonly PlacedMessage[];
  readonly handed: readonly Handed[];
  readonly next: Place;
  readonly setAside: readonly SetAside[];
  state: "pending" | "done" | "leased" | "void";
  failed: readonly PlacedMessage[];
  lease?: Lease;
}
