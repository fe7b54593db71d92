import type { SluiceError } from "./errors.js";
import type { MessageContent } from "./message.js";
import type { PublishResult } from "./publish-result.js";
import type { Slot } from "./slot.js";

/** Messages of one publish that share a slot, and their size before compression. */
export interface Parcel {
  readonly contents: readonly MessageContent[];
  readonly sizeBytes: number;
}

/** Where a parcel was stored: in this slot, from this place on. */
export interface Packed {
  readonly partition: number;
  readonly slot: Slot;
  readonly from: number;
}

/** Of a parcel with dedupIds: what became of each message. */
export interface PackedOnce {
  readonly each: readonly PublishResult[];
}

/** A parcel's own result. */
export type ParcelResult = Packed | PackedOnce | SluiceError;
