import type { Message, MessageContent } from "../../domain/message.js";
import { idOf } from "../../domain/message-id.js";
import { headerOf } from "../../domain/slot-header.js";
import { type Offset, type Slot, nextOffset } from "../../domain/slot.js";
import type { PartitionRef } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { memoryBytesFor } from "../memory-budget.js";
import { liveSlotAt } from "./live-slot-at.js";
import { openSlot } from "./open-slot.js";
import { isTrouble } from "./troubles.js";

/** What is known of a message without its body. */
export type HeaderAt = Pick<Message, "id" | "key" | "tag" | "expiresAtMs" | "publishedAtMs">;

/** Looks up headers of messages, each slot once. A slot is opened only if it has no header, or ids that were given. */
export class Headers {
  readonly #slots = new Map<number, Slot[]>();

  constructor(private readonly engine: Engine) {}

  /** undefined if the message is no longer in the log. */
  async at(ref: PartitionRef, offset: Offset): Promise<HeaderAt | undefined> {
    const slot = await this.#slotAt(ref, offset);
    if (!slot || slot.expiresAtMs <= this.engine.clock.nowMs()) return undefined;
    const headers = headerOf(slot);
    const there = headers === "open-it" ? undefined : headers[offset - slot.base];
    const opened = there && !there.hasGivenId ? undefined : await this.#opened(slot, offset);
    const { key, tag, expiresAtMs } = there ?? opened ?? {};
    return {
      id: idOf(opened ?? {}, { ...ref, offset }),
      publishedAtMs: slot.publishedAtMs,
      ...(key === undefined ? {} : { key }),
      ...(tag === undefined ? {} : { tag }),
      ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
    };
  }

  async #slotAt({ topic, partition }: PartitionRef, offset: Offset): Promise<Slot | undefined> {
    const known = this.#slots.get(partition) ?? [];
    const holds = (slot: Slot): boolean => slot.base <= offset && offset < nextOffset(slot);
    const found = known.find(holds);
    if (found) return found;
    const slot = await liveSlotAt(this.engine, { topic, partition }, offset);
    if (slot) this.#slots.set(partition, [...known, slot]);
    return slot;
  }

  /** A slot that cannot be opened now tells nothing of its messages; they are still there. */
  async #opened(slot: Slot, offset: Offset): Promise<MessageContent | undefined> {
    try {
      const opened = await this.engine.budget.receiving(memoryBytesFor(slot.unpackedBytes), () =>
        openSlot(this.engine, slot),
      );
      return opened.kind === "readable" ? opened.messages[offset - slot.base] : undefined;
    } catch (error) {
      if (!isTrouble(error)) throw error;
      return undefined;
    }
  }
}
