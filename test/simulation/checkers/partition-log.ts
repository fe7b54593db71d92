import type { Offset, Slot } from "../../../lib/domain/slot.js";
import { nextOffset } from "../../../lib/domain/slot.js";
import type { PartitionRef } from "../../../lib/domain/topic.js";
import type { Fields } from "../filters.js";

/** One message as the log has it. `label` is what its producer called it. */
export interface Logged {
  readonly id: string;
  readonly partition: number;
  readonly offset: Offset;
  readonly slotBase: Offset;
  readonly label: string;
  readonly atMs: number;
  readonly key: string | undefined;
  readonly expiresAtMs: number;
  /** How long after that it may still be handed out, if it was erased. */
  readonly graceMs?: number;
  /** By its slot's header, which is all that is known of one whose bytes are gone. */
  readonly headerExpiresAtMs: number;
  /** Of its slot, which never goes back from one to the next. */
  readonly slotExpiresAtMs: number;
  readonly segment: string | undefined;
  /** When the body that was uploaded for it ends: nothing of it is kept for longer. */
  readonly bodyUntilMs?: number | undefined;
  /** What filters look at. */
  readonly fields: Fields;
}

/** What was appended to a partition, in order of offsets, but for what expired so long ago that nobody asks for it. */
export class PartitionLog {
  #messages: Logged[] = [];
  /** Where `#messages` begins: what lies before is forgotten. */
  #first = 0;
  readonly #byOffset = new Map<Offset, Logged>();
  readonly #byKey = new Map<string, Logged[]>();
  end: Offset = 0;
  expiresAtMs = 0;
  /** Whether anything was ever appended. */
  isUsed = false;

  constructor(readonly ref: PartitionRef) {}

  endAt(slot: Slot): void {
    this.end = nextOffset(slot);
    this.expiresAtMs = slot.expiresAtMs;
    this.isUsed = true;
  }

  add(message: Logged): void {
    this.#messages.push(message);
    this.#byOffset.set(message.offset, message);
    const { key } = message;
    if (key === undefined) return;
    const same = this.#byKey.get(key);
    if (same) same.push(message);
    else this.#byKey.set(key, [message]);
  }

  get size(): number {
    return this.#messages.length - this.#first;
  }

  at(offset: Offset): Logged | undefined {
    return this.#byOffset.get(offset);
  }

  /** A key's messages from an offset on. */
  ofKey(key: string, from: Offset = 0): readonly Logged[] {
    const all = this.#byKey.get(key) ?? [];
    return all.slice(indexOf(all, 0, from));
  }

  /** Messages of `[from, to)`, however large a gap there is between. */
  between(from: Offset, to: Offset): readonly Logged[] {
    const found: Logged[] = [];
    for (let index = this.#indexOf(from); index < this.#messages.length; index++) {
      const message = this.#messages[index] as Logged;
      if (message.offset >= to) break;
      found.push(message);
    }
    return found;
  }

  from(offset: Offset): readonly Logged[] {
    return this.#messages.slice(this.#indexOf(offset));
  }

  /** Forgets the messages whose slots expired before that, and gives them. */
  forget(beforeMs: number): readonly Logged[] {
    let end = this.#first;
    while (end < this.#messages.length && (this.#messages[end] as Logged).slotExpiresAtMs < beforeMs) end++;
    const gone = this.#messages.slice(this.#first, end);
    this.#first = end;
    for (const { offset } of gone) this.#byOffset.delete(offset);
    for (const key of new Set(gone.flatMap((one) => one.key ?? []))) {
      const left = this.ofKey(key).filter(({ offset }) => this.#byOffset.has(offset));
      if (left.length > 0) this.#byKey.set(key, left);
      else this.#byKey.delete(key);
    }
    if (2 * this.#first > this.#messages.length) {
      this.#messages = this.#messages.slice(this.#first);
      this.#first = 0;
    }
    return gone;
  }

  #indexOf(offset: Offset): number {
    return indexOf(this.#messages, this.#first, offset);
  }
}

/** The first index from `first` on whose message is at `offset` or behind it. */
function indexOf(messages: readonly Logged[], first: number, offset: Offset): number {
  let low = first;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((messages[middle] as Logged).offset < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
