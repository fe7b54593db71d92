import { type Filter, mayMatch } from "../../domain/filter/evaluate.js";
import { mayMatchFrom } from "../../domain/filter/slot-filter.js";
import type { MessageContent } from "../../domain/message.js";
import { viewOf } from "../../domain/filter/view.js";
import { type MessageHeader, headerOf } from "../../domain/slot-header.js";
import { type Offset, type Slot, nextOffset } from "../../domain/slot.js";
import type { Engine } from "../engine.js";
import { isWanted } from "../filter-in-force.js";

/** A subscription's filter at work on one read. Without a filter everything passes. */
export class Sieve {
  readonly #may = new Map<Slot, boolean>();

  constructor(
    private readonly engine: Engine,
    private readonly filter: Filter | undefined,
  ) {}

  /** Whether everything passes. */
  get isFine(): boolean {
    return this.filter === undefined;
  }

  /** Whether the slot may hold a message that matches. If not, it need not be opened. */
  mayHold(slot: Slot): boolean {
    if (!this.filter) return true;
    const may = this.#may.get(slot) ?? mayMatchFrom(this.filter, slot, slot.base) > 0;
    this.#may.set(slot, may);
    return may;
  }

  /** Whether its header cannot tell what matches. */
  needsBytes(slot: Slot): boolean {
    return this.filter !== undefined && (this.filter.looksAtBody || headerOf(slot) === "open-it");
  }

  /** How many messages from `from` on may match, of a slot whose messages are gone. */
  mayHoldFrom(slot: Slot, from: Offset): number {
    return this.filter ? mayMatchFrom(this.filter, slot, from) : nextOffset(slot) - from;
  }

  /** Whether a message matches, by its header alone. */
  mayTake(header: MessageHeader): boolean {
    return !this.filter || mayMatch(this.filter, viewOf(header));
  }

  /** Whether an opened slot's message matches. */
  takes(message: MessageContent): boolean {
    return !this.filter || isWanted(this.engine, this.filter, message);
  }
}
