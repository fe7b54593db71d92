import type { MemoryStorage } from "../../../lib/adapters/memory/storage.js";
import type { AppendOutcome, Refusal } from "../../../lib/domain/append-outcome.js";
import type { Delayed } from "../../../lib/domain/delayed.js";
import type { MessageContent } from "../../../lib/domain/message.js";
import type { Slot, SlotContent } from "../../../lib/domain/slot.js";
import { type Packed, UnreadableSlot, decodeMessages } from "../../../lib/domain/slot-codec.js";
import type { Call } from "../port-calls.js";
import type { World } from "../world.js";
import { labelOf } from "./log-checker.js";

/** A publish that is all or nothing. */
interface Request {
  readonly name: string;
  /** Those of its messages that nobody published before. */
  readonly labels: readonly string[];
  isRefused: boolean;
}

/**
 * Of a publish that is all or nothing all messages are stored, or none: after each call of a store, whatever became of
 * its sender. None is stored twice by one request, and none of a request that was refused.
 */
export class AtomicChecker {
  readonly #requests = new Map<string, Request>();
  /** By label: its id, or the ids that its delayed message was given. */
  readonly #stored = new Map<string, string>();
  readonly #seen = new Set<string>();
  /** What a call has touched: looked at once it is carried out in full. */
  #touched = new Set<Request>();
  /** Bytes that are gone say nothing of what lies in them. */
  #isUnreadable = false;

  constructor(
    private readonly world: World,
    private readonly storage: MemoryStorage,
  ) {}

  /** A request is sent: with a key it may be sent again, otherwise its labels are its own. */
  sent(name: string, labels: readonly string[]): void {
    if (labels.every((label) => this.#requests.get(label)?.name === name)) return;
    const request = { name, labels, isRefused: false };
    for (const label of labels) this.#requests.set(label, request);
  }

  /** Its sender was told that nothing of it is stored. */
  refused(labels: readonly string[]): void {
    this.world.count("atomic-refused");
    for (const label of labels) {
      const request = this.#requests.get(label);
      if (request) request.isRefused = true;
      if (this.#stored.has(label))
        this.world.violation("atomic", `${label} is stored, and its sender was told that nothing is`);
    }
  }

  /** Its sender was told that all of it is stored. */
  told(labels: readonly string[]): void {
    this.world.count("atomic-stored");
    for (const label of labels)
      if (!this.#stored.has(label) && !this.#isUnreadable)
        this.world.violation("atomic", `${label} is not stored, and its sender was told that all of it is`);
  }

  /** Each part of a call. */
  after({ port, method, args }: Call, outcome: unknown): void {
    if (this.#requests.size === 0) return;
    if (port === "log" && method === "append" && (outcome as AppendOutcome).kind === "stored") {
      const slot = args[1] as Slot;
      this.#keep(slot.nonce, this.#opened(slot, slot.content));
    }
    if (port === "delayed" && method === "put" && (outcome as readonly Refusal[]).length === 0)
      for (const { id, copy } of args[1] as readonly Delayed[])
        this.#keep(id, this.#opened({ ...copy, count: 1 }, copy.content), id);
  }

  #opened(packed: Packed, content: SlotContent): readonly MessageContent[] | undefined {
    const bytes = content.kind === "inline" ? content.bytes : this.storage.segments.get(content.key);
    try {
      return bytes && decodeMessages(packed, bytes);
    } catch (error) {
      if (error instanceof UnreadableSlot) return undefined;
      throw error;
    }
  }

  #keep(name: string, contents: readonly MessageContent[] | undefined, delayedId?: string): void {
    if (this.#seen.has(name)) return;
    this.#seen.add(name);
    if (!contents) this.#isUnreadable = true;
    contents?.forEach(({ body, givenId }, at) => {
      const label = labelOf(body);
      const request = this.#requests.get(label);
      // What was delayed was stored as it was scheduled.
      if (!request || (givenId !== undefined && delayedId === undefined)) return;
      const id = delayedId ?? `${name} ${at}`;
      const before = this.#stored.get(label);
      if (before !== undefined)
        this.world.violation("atomic", `${label} of one request is stored twice: ${before} and ${id}`);
      this.#stored.set(label, id);
      this.#touched.add(request);
      if (request.isRefused)
        this.world.violation("atomic", `${label} is stored, and its sender was told that nothing is`);
    });
  }

  /** A call is carried out in full. */
  check(): void {
    const touched = this.#touched;
    this.#touched = new Set();
    if (this.#isUnreadable) return;
    for (const { name, labels } of touched) {
      const missing = labels.filter((label) => !this.#stored.has(label));
      if (missing.length > 0)
        this.world.violation("atomic", `${name} is stored without ${missing.join()}: all or nothing`);
    }
  }
}
