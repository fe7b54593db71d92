import type { AppendOutcome } from "../../../lib/domain/ports/log-store.js";
import { type Offset, type Slot, nextOffset } from "../../../lib/domain/slot.js";
import { UnreadableSlot, decodeMessages } from "../../../lib/domain/slot-codec.js";
import { type PartitionRef, partitionKey } from "../../../lib/domain/topic.js";
import type { MemoryStorage } from "../../../lib/adapters/memory/storage.js";
import type { World } from "../world.js";

/** One message as the log has it. `label` is what its producer called it. */
export interface Logged {
  readonly id: string;
  readonly offset: Offset;
  readonly slotBase: Offset;
  readonly label: string;
  readonly key: string | undefined;
  readonly expiresAtMs: number;
  readonly segment: string | undefined;
}

/** Everything that was ever appended to a partition, in order of offsets. */
export interface PartitionLog {
  readonly ref: PartitionRef;
  readonly messages: Logged[];
  readonly byOffset: Map<Offset, Logged>;
  readonly byKey: Map<string, Logged[]>;
  end: Offset;
  expiresAtMs: number;
}

const INLINE_BYTES_AT_MOST = 600;

/** Offsets unique, dense, never reused; no slot below one that was there; expiry that never goes back. */
export class LogChecker {
  readonly partitions = new Map<string, PartitionLog>();
  /** Segments that were lost or damaged. */
  readonly spoiled = new Set<string>();
  readonly #stored = new Set<string>();
  /** How often a producer sent a message, and how often it is in the log. */
  readonly attempts = new Map<string, number>();
  readonly #copies = new Map<string, number>();

  constructor(
    private readonly world: World,
    private readonly storage: MemoryStorage,
  ) {}

  of(ref: PartitionRef): PartitionLog {
    const key = partitionKey(ref);
    const there = this.partitions.get(key);
    if (there) return there;
    const made = { ref, messages: [], byOffset: new Map(), byKey: new Map(), end: 0, expiresAtMs: 0 };
    this.partitions.set(key, made);
    return made;
  }

  appended(who: string, ref: PartitionRef, slot: Slot, outcome: AppendOutcome): void {
    if (outcome.kind !== "stored" || this.#stored.has(slot.nonce)) return;
    this.#stored.add(slot.nonce);
    const log = this.of(ref);
    const name = `${who} appended slot ${slot.base} to partition ${ref.partition} of ${ref.topic.uid}`;
    if (slot.base < log.end) this.world.violation("log", `${name}: below ${log.end}, an offset is reused`);
    const isRestart = slot.base !== log.end;
    if (isRestart && log.messages.length > 0 && slot.base < 1e15) {
      this.world.violation("log", `${name}: a gap behind ${log.end} that is no restart`);
    }
    if (slot.expiresAtMs < log.expiresAtMs) this.world.violation("log", `${name}: its expiry goes back`);
    if (slot.content.kind === "inline" && slot.content.bytes.length > INLINE_BYTES_AT_MOST) {
      this.world.violation("size", `${name}: ${slot.content.bytes.length} bytes inline`);
    }
    log.end = nextOffset(slot);
    log.expiresAtMs = slot.expiresAtMs;
    this.#register(log, slot, name);
  }

  #register(log: PartitionLog, slot: Slot, name: string): void {
    const segment = slot.content.kind === "segment" ? slot.content.key : undefined;
    const bytes =
      slot.content.kind === "inline" ? slot.content.bytes : this.storage.segments.get(slot.content.key);
    if (segment && !bytes && !this.spoiled.has(segment)) {
      this.world.violation("log", `${name}: its segment is not there`);
    }
    const contents = this.#decoded(slot, bytes, segment);
    const { topic, partition } = log.ref;
    for (let index = 0; index < slot.count; index++) {
      const content = contents?.[index];
      const offset = slot.base + index;
      const logged: Logged = {
        id: `${topic.name}.${topic.uid}.${partition}.${offset}`,
        offset,
        slotBase: slot.base,
        label: content ? labelOf(content.body) : "?",
        key: content?.key,
        expiresAtMs: Math.min(slot.expiresAtMs, content?.expiresAtMs ?? Infinity),
        segment,
      };
      this.#count(logged, name);
      log.messages.push(logged);
      log.byOffset.set(offset, logged);
      if (logged.key !== undefined) log.byKey.set(logged.key, [...(log.byKey.get(logged.key) ?? []), logged]);
    }
  }

  /** A message is in the log once for each time that it was sent, at the most. */
  #count({ label }: Logged, name: string): void {
    const copies = (this.#copies.get(label) ?? 0) + 1;
    this.#copies.set(label, copies);
    const attempts = this.attempts.get(label);
    if (attempts !== undefined && copies > attempts) {
      this.world.violation(
        "copies",
        `${name}: ${label} is there ${copies} times, and was sent ${attempts} times`,
      );
    }
  }

  #decoded(slot: Slot, bytes: Uint8Array | undefined, segment: string | undefined) {
    if (!bytes) return undefined;
    try {
      return decodeMessages(slot, bytes);
    } catch (error) {
      if (!(error instanceof UnreadableSlot) || (segment && this.spoiled.has(segment))) return undefined;
      throw error;
    }
  }

  isUnreadable({ segment }: Logged): boolean {
    return segment !== undefined && this.spoiled.has(segment);
  }

  /** Messages of `[from, to)`, however large a gap there is between. */
  between(log: PartitionLog, from: Offset, to: Offset): readonly Logged[] {
    const found: Logged[] = [];
    for (let index = firstFrom(log.messages, from); index < log.messages.length; index++) {
      const message = log.messages[index] as Logged;
      if (message.offset >= to) break;
      found.push(message);
    }
    return found;
  }
}

/** A body is `label` or `label padding`. */
export const labelOf = (body: string | Uint8Array): string =>
  (typeof body === "string" ? body : Buffer.from(body).toString("utf8")).split(" ", 1)[0] ?? "";

function firstFrom(messages: readonly Logged[], offset: Offset): number {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((messages[middle] as Logged).offset < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
