import { type MemoryAccount, memoryBytesFor } from "../memory-budget.js";

/** The most messages that one read brings, in bytes; with room for less than the least it is not worth it. */
export const AHEAD_MOST_BYTES = 8 * 1_024 * 1_024;
export const AHEAD_LEAST_BYTES = 1_024 * 1_024;

/** If the memory for decoded messages is small, these shares of it limit what one read brings instead. */
const READ_AHEAD_SHARE = 4;
const LEAST_SHARE = 8;

/** How many bytes of messages a read wants, and with how many it is still worth it. */
export interface WantedAhead {
  readonly wantedBytes: number;
  readonly leastBytes: number;
}

/** Reserves memory for messages to read ahead, in bytes of memory; 0 if there is too little. */
export function roomAhead(account: MemoryAccount, ahead: WantedAhead): number {
  // A process with little memory keeps some of it for due messages and for other partitions.
  const leastBytes = Math.min(memoryBytesFor(ahead.leastBytes), account.limitBytes / LEAST_SHARE);
  const wantedBytes = Math.min(memoryBytesFor(ahead.wantedBytes), account.limitBytes / READ_AHEAD_SHARE);
  return account.ask(Math.floor(wantedBytes), Math.floor(leastBytes));
}
