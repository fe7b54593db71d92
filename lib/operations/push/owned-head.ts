import type { Offset } from "../../domain/slot.js";
import type { OwnedBatch } from "./batch.js";
import type { DeliveryRoom } from "./delivery-room.js";

/** Messages that were read, and wait until their delivery is full, or their window ends. */
export interface Collected {
  readonly goesAtMs: number;
  /** All that lies below was read. */
  readonly readTo: Offset;
  /** What their delivery has room for. */
  readonly left: DeliveryRoom["left"];
}

/** One partition whose head a pump owns. */
export interface OwnedHead {
  /** Whether the head should pass deliveries under way, to make room. */
  readonly isFull: boolean;
  readonly isCrowded: boolean;
  /** Whether a batch can be taken without a read. */
  readonly hasNext: boolean;
  /** What waits for its batch window. */
  readonly collected: Collected | undefined;
  readonly hasUncommitted: boolean;
  /** Whether a commit would write so little that it can wait for more: a few messages that are done. */
  readonly canWait: boolean;
  /** Nothing below it is left to deliver. The head may still be lower, if the filter left out what is between. */
  readonly consumedTo: Offset;
  /** Whether a move left records of messages that come again. */
  readonly hasLeftRecords: boolean;
  /** The number of the last look that found nothing here. */
  emptyAtLook: number;
  /** Whether a record proves that another owner moved the head: it holds `offset`, which this head has not passed. */
  isOvertakenAt(offset: Offset): boolean;
  /**
   * Reads on when nothing read earlier is left, or it waits for more. After a failure it rests for a while. `knownEnd`:
   * where the partition ends, if that is known without a read.
   */
  refill(look: number, knownEnd?: Offset): Promise<void>;
  /** The next batch to deliver, from what was read. */
  take(): OwnedBatch | undefined;
  /** Takes another message each time, however long the head stands still. */
  probe(nth: number): OwnedBatch | undefined;
  /** A delivery of it has ended. */
  over?(): void;
  /** Records of the partition may have ended. */
  released?(): void;
  /**
   * Moves the head past what is over at its front; with `leaseUntilMs` also past what is running, which continues under
   * leases. One commit at a time.
   * @throws the store's error: the next call finds out whether the write was carried out.
   */
  commit(leaseUntilMs?: number): Promise<"committed" | "lost">;
  /** Makes room in a full window. */
  moveOn(leaseUntilMs: number): Promise<"committed" | "lost">;
  /** Takes nothing more: another owner moved the head, or the session ends. */
  drop(): void;
}
