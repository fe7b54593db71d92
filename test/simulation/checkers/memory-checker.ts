import type { Handed } from "../../../lib/domain/handed.js";
import { messageSizeBytes } from "../../../lib/domain/message.js";
import type { SlotPage } from "../../../lib/domain/ports/log-store.js";
import type { Subscription } from "../../../lib/domain/subscription.js";
import { type MemoryBudget, messageBytesIn } from "../../../lib/operations/memory-budget.js";
import type { Call } from "../port-calls.js";
import type { World } from "../world.js";

/**
 * What one process delivers at once stays within its memory, by the messages' own bytes: however well they were packed,
 * and whatever its budget says of itself. One slot more may be there, and what one delivery takes in any case.
 */
export class MemoryChecker {
  #heldBytes = 0;
  #largestSlotBytes = 0;

  constructor(
    private readonly world: World,
    private readonly who: string,
    private readonly budget: () => MemoryBudget,
  ) {}

  /** A slot was read. */
  after({ port, method }: Call, outcome: unknown): void {
    if (port !== "log" || method !== "read") return;
    for (const { unpackedBytes } of (outcome as SlotPage).slots)
      this.#largestSlotBytes = Math.max(this.#largestSlotBytes, unpackedBytes);
  }

  /** A delivery begins; what it gives ends it. */
  delivers({ name, batch }: Subscription, messages: readonly Handed[]): () => void {
    const sizeBytes = messages.reduce((sum, message) => sum + messageSizeBytes(message), 0);
    this.#heldBytes += sizeBytes;
    const limitBytes = messageBytesIn(this.budget().limitBytes);
    if (this.#heldBytes > limitBytes) this.world.count("memory-tight");
    if (this.#heldBytes > limitBytes + this.#largestSlotBytes + batch.maxBytes) {
      const text = `${this.who} delivers ${this.#heldBytes} bytes to ${name} at once, and has ${limitBytes}`;
      this.world.violation("memory", text);
    }
    return () => void (this.#heldBytes -= sizeBytes);
  }
}
