import { type MessageContent, messageSizeBytes } from "../domain/message.js";
import type { Slot } from "../domain/slot.js";

/**
 * What a byte of a message takes in memory while it waits for its delivery and is delivered: text of two bytes a
 * character at the worst, and the event that it is sent in, as text and as bytes.
 */
const BYTES_A_BYTE = 4;
/** An object, its id and its receipt. */
const BYTES_A_MESSAGE = 1_024;

/** Text of two bytes a character at the worst. */
const BYTES_A_KEPT_BYTE = 2;

/** What a slot takes while it is kept decoded. */
export const memoryBytesOfSlot = ({ unpackedBytes, count }: Slot): number =>
  BYTES_A_KEPT_BYTE * unpackedBytes + BYTES_A_MESSAGE * count;

/** What a message takes from when it is read until it is delivered. */
export const memoryBytesOf = (message: MessageContent): number =>
  BYTES_A_BYTE * messageSizeBytes(message) + BYTES_A_MESSAGE;

/** The messages' own bytes that so many bytes of memory hold. */
export const messageBytesIn = (memoryBytes: number): number => Math.floor(memoryBytes / BYTES_A_BYTE);
/** The memory that so many bytes of messages take. */
export const memoryBytesFor = (messageBytes: number): number => messageBytes * BYTES_A_BYTE;

/** What the decoded messages of one process may take in memory, over all that it does at once. */
export class MemoryBudget {
  #heldBytes = 0;

  constructor(readonly limitBytes: number) {}

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** A part of it for one reader. */
  account(): MemoryAccount {
    return new MemoryAccount(this.limitBytes, (bytes) => (this.#heldBytes += bytes));
  }
}

/** What one reader holds of its process's budget. */
export class MemoryAccount {
  #heldBytes = 0;

  constructor(
    private readonly limitBytes: number,
    /** Counts so many bytes more; gives what is held in all. */
    private readonly count: (bytes: number) => number,
  ) {}

  /**
   * Holds `wantedBytes`, or what there is room for if that is not less than `leastBytes`; 0: there is no room. Who
   * holds nothing gets the least in any case, so that one delivery always goes.
   */
  ask(wantedBytes: number, leastBytes: number): number {
    const roomBytes = this.limitBytes - this.count(0);
    const isTight = roomBytes < leastBytes;
    if (isTight && this.#heldBytes > 0) return 0;
    const bytes = isTight ? leastBytes : Math.min(roomBytes, wantedBytes);
    this.hold(bytes);
    return bytes;
  }

  /** Holds so many more, or fewer where it turns out that they are: `bytes` may be below 0. */
  hold(bytes: number): void {
    this.#heldBytes += bytes;
    this.count(bytes);
  }

  free(bytes: number): void {
    this.hold(-bytes);
  }
}
