import type { MemoryStorage } from "../../../lib/adapters/memory/storage.js";
import type { AppendOutcome, Refusal } from "../../../lib/domain/append-outcome.js";
import type { Delayed } from "../../../lib/domain/delayed.js";
import { type MessageContent } from "../../../lib/domain/message.js";
import { idOf } from "../../../lib/domain/message-id.js";
import type { Slot, SlotContent } from "../../../lib/domain/slot.js";
import { type Packed, UnreadableSlot, decodeMessages } from "../../../lib/domain/slot-codec.js";
import type { PartitionRef, Topic, TopicRef } from "../../../lib/domain/topic.js";
import type { Call } from "../port-calls.js";
import { labelOf } from "./log-checker.js";
import type { World } from "../world.js";

/** Two clocks apart, and what is under way meanwhile. */
const SKEW_MS = 250_000;

interface First {
  readonly id: string;
  readonly atMs: number;
}

/**
 * Of messages with the same dedupId one is stored within the topic's window, by the times of their slots; whoever is
 * told of a first one is told of one that is stored with that dedupId, and not long after the window.
 */
export class DedupChecker {
  /** Whether producers give dedupIds: otherwise nothing is looked at. */
  isOn = false;
  /** What was sent with a dedupId, in order. */
  readonly sent: string[] = [];
  /** By topic uid and dedupId. */
  readonly #last = new Map<string, First>();
  /** By dedupId and id: its time. */
  readonly #stored = new Map<string, number>();
  /** What is sent under keys, where it is, and the answers. */
  readonly #named = new Set<string>();
  readonly #once = new Map<string, string>();
  readonly #answers = new Map<string, string>();
  readonly #slots = new Set<string>();
  /** Ids of messages whose bytes are lost. */
  readonly #unreadable = new Set<string>();

  constructor(
    private readonly world: World,
    private readonly storage: MemoryStorage,
    private readonly topics: ReadonlyMap<string, Topic>,
  ) {}

  after({ port, method, args }: Call, outcome: unknown): void {
    if (!this.isOn) return;
    if (port === "log" && method === "append" && (outcome as AppendOutcome).kind === "stored")
      this.#appended(args[0] as PartitionRef, args[1] as Slot);
    if (port === "delayed" && method === "put" && (outcome as readonly Refusal[]).length === 0)
      this.#delayed(args[0] as TopicRef, args[1] as readonly Delayed[]);
  }

  #appended({ topic, partition }: PartitionRef, slot: Slot): void {
    if (this.#slots.has(slot.nonce)) return;
    this.#slots.add(slot.nonce);
    const contents = this.#opened(slot, slot.content);
    for (let index = 0; index < slot.count; index++) {
      const content = contents?.[index];
      const id = idOf(content ?? {}, { topic, partition, offset: slot.base + index });
      if (!content) this.#unreadable.add(id);
      // What was delayed was claimed as it was scheduled.
      else if (content.givenId === undefined) this.#keep(topic, content, id, slot.publishedAtMs);
    }
  }

  #delayed(topic: TopicRef, all: readonly Delayed[]): void {
    for (const { id, scheduledAtMs, copy } of all) {
      if (this.#slots.has(id)) continue;
      this.#slots.add(id);
      const [content] = this.#opened({ ...copy, count: 1 }, copy.content) ?? [];
      if (content) this.#keep(topic, content, id, scheduledAtMs);
      else this.#unreadable.add(id);
    }
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

  #keep({ uid }: TopicRef, { dedupId, body }: MessageContent, id: string, atMs: number): void {
    if (dedupId === undefined) return this.#keepNamed(uid, labelOf(body), id);
    const last = this.#last.get(`${uid} ${dedupId}`);
    if (last && atMs < last.atMs + this.#windowMs(uid))
      this.world.violation("dedup", `${id} is stored, and ${last.id} has the same dedupId ${dedupId}`);
    this.#last.set(`${uid} ${dedupId}`, { id, atMs });
    this.#stored.set(`${dedupId} ${id}`, atMs);
  }

  /** Of what has no dedupId: it is in one request alone. */
  #keepNamed(uid: string, label: string, id: string): void {
    if (!this.#named.has(label)) return;
    const first = this.#once.get(`${uid} ${label}`);
    if (first !== undefined)
      this.world.violation("sent", `${label} is stored as ${id}, and as ${first} by the same request before`);
    this.#once.set(`${uid} ${label}`, id);
  }

  /** They are sent under a key. */
  named(labels: readonly string[]): void {
    for (const label of labels) this.#named.add(label);
  }

  /** A message of a request was told to be stored under this id; whether that is news. */
  answered(place: string, id: string): boolean {
    const before = this.#answers.get(place);
    this.#answers.set(place, id);
    if (before !== undefined && before === id) this.world.count("sent-again");
    // A topic that is made anew knows nothing of the keys of the one before.
    if (before !== undefined && before !== id && this.topics.size === 1)
      this.world.violation("sent", `${place} was answered with ${before} first, and then with ${id}`);
    return before === undefined;
  }

  #windowMs(uid: string): number {
    return (this.topics.get(uid)?.dedupWindowSeconds ?? 0) * 1_000;
  }

  /** A producer was told that what it sent at that time is stored already, under this id. */
  repeated(id: string, dedupId: string, sentAtMs: number): void {
    this.world.count("deduplicated");
    if (this.#unreadable.has(id)) return;
    const atMs = this.#stored.get(`${dedupId} ${id}`);
    if (atMs === undefined)
      this.world.violation("dedup", `${dedupId} is told to be stored as ${id}, which is another message`);
    const windowMs = Math.max(...[...this.topics.values()].map((topic) => topic.dedupWindowSeconds * 1_000));
    if (atMs !== undefined && sentAtMs > atMs + windowMs + SKEW_MS)
      this.world.violation("dedup", `${dedupId} is told to be ${id}, long after its window`);
  }
}
