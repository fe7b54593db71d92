import { type MessageContent, messageSizeBytes } from "../domain/message.js";
import type { Slot } from "../domain/slot.js";

/**
 * Memory for each byte of a message that is read: at worst, text with two bytes a character, and as much again for its
 * event, as text and as bytes.
 */
const BYTES_A_BYTE = 4;
/** Memory for each byte of the event that a message is sent in: as text, and as bytes until the handler answers. */
const BYTES_A_SENT_BYTE = 2;
/** Memory for a message's object, id and receipt. */
const BYTES_A_MESSAGE = 1_024;

/** At worst, text takes two bytes a character. */
const BYTES_A_KEPT_BYTE = 2;

/** The memory that a decoded slot takes in the cache, with its own bytes. */
export const memoryBytesOfSlot = ({ unpackedBytes, count, content }: Slot): number =>
  BYTES_A_KEPT_BYTE * unpackedBytes +
  BYTES_A_MESSAGE * count +
  (content.kind === "inline" ? content.bytes.length : 0);

/**
 * The memory that a message takes from when it is read until it is delivered. `sentBytes`: its size in an event, which
 * may be six times its own.
 */
export const memoryBytesOf = (message: MessageContent, sentBytes: number): number =>
  BYTES_A_KEPT_BYTE * messageSizeBytes(message) + BYTES_A_SENT_BYTE * sentBytes + BYTES_A_MESSAGE;

/** The message bytes that fit into this much memory. */
export const messageBytesIn = (memoryBytes: number): number => Math.floor(memoryBytes / BYTES_A_BYTE);
/** The memory that this many message bytes take. */
export const memoryBytesFor = (messageBytes: number): number => messageBytes * BYTES_A_BYTE;
/** The memory that so many messages of so many bytes together take. */
export const memoryBytesOfAll = ({
  bytes,
  messages,
}: {
  readonly bytes: number;
  readonly messages: number;
}): number => memoryBytesFor(bytes) + BYTES_A_MESSAGE * messages;

/** The memory that one process may use for decoded messages, shared by everything that it does. */
export class MemoryBudget {
  #heldBytes = 0;
  /** The memory that receives hold, and the receives that wait for memory, first come, first served. */
  readonly #receives: MemoryAccount;
  readonly #waiting: { readonly bytes: number; readonly begin: () => void }[] = [];

  constructor(readonly limitBytes: number) {
    this.#receives = this.account();
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Opens an account for one reader. */
  account(): MemoryAccount {
    return new MemoryAccount(this.limitBytes, (bytes) => {
      this.#heldBytes += bytes;
      if (bytes < 0) this.#admit();
      return this.#heldBytes;
    });
  }

  /**
   * Runs a receive that takes up to `bytes` once there is memory for it, since many may call the process at once. One
   * receive always runs, however tight memory is.
   */
  async receiving<T>(bytes: number, receive: () => Promise<T>): Promise<T> {
    await new Promise<void>((begin) => {
      this.#waiting.push({ bytes, begin });
      this.#admit();
    });
    try {
      return await receive();
    } finally {
      this.#receives.free(bytes);
    }
  }

  #admit(): void {
    for (let [first] = this.#waiting; first; [first] = this.#waiting) {
      if (this.#receives.ask(first.bytes, first.bytes) === 0) return;
      this.#waiting.shift();
      first.begin();
    }
  }
}

/** One reader's part of its process's budget. */
export class MemoryAccount {
  #heldBytes = 0;

  constructor(
    readonly limitBytes: number,
    /** Adds to the total and returns it. */
    private readonly count: (bytes: number) => number,
  ) {}

  /**
   * Reserves `wantedBytes`, or what is free if that is at least `leastBytes`. Returns 0 if less is free. A reader that
   * holds nothing always gets `leastBytes`, so that one delivery can always go.
   */
  ask(wantedBytes: number, leastBytes: number): number {
    const roomBytes = this.limitBytes - this.count(0);
    const isTight = roomBytes < leastBytes;
    if (isTight && this.#heldBytes > 0) return 0;
    const bytes = isTight ? leastBytes : Math.min(roomBytes, wantedBytes);
    this.hold(bytes);
    return bytes;
  }

  /** Adjusts the reservation; `bytes` may be negative. */
  hold(bytes: number): void {
    this.#heldBytes += bytes;
    this.count(bytes);
  }

  free(bytes: number): void {
    this.hold(-bytes);
  }
}
