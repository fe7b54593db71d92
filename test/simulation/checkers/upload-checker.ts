import type { MemoryStorage } from "../../../lib/adapters/memory/storage.js";
import type { AppendOutcome, Refusal } from "../../../lib/domain/append-outcome.js";
import type { DeadLetter } from "../../../lib/domain/dead-letter.js";
import type { Delayed } from "../../../lib/domain/delayed.js";
import type { MessageContent } from "../../../lib/domain/message.js";
import { idOf } from "../../../lib/domain/message-id.js";
import { SEGMENT_CLASSES_DAYS } from "../../../lib/domain/segment-key.js";
import type { Slot, SlotContent } from "../../../lib/domain/slot.js";
import { type Packed, UnreadableSlot, decodeMessages } from "../../../lib/domain/slot-codec.js";
import type { SubscriptionRef } from "../../../lib/domain/subscription.js";
import type { PartitionRef, TopicRef } from "../../../lib/domain/topic.js";
import { UPLOAD_FOR_MS, uploadOf } from "../../../lib/domain/upload.js";
import type { Call } from "../port-calls.js";
import type { World } from "../world.js";
import type { LogChecker } from "./log-checker.js";
import { moveOf } from "./outcomes.js";

/** Two clocks apart, and what is under way meanwhile. */
const SKEW_MS = 250_000;
const DAY_MS = 86_400_000;

/** What refers to an object: a message in the log, a delayed one, a dead letter. */
interface Reference {
  readonly what: string;
  readonly id: string;
  readonly topic: TopicRef;
  /** Nobody asks for the object on its account any more. */
  readonly untilMs: number;
}

/** An object that was put into the bucket, and what is known of it. */
interface Put {
  readonly label: string;
  readonly body: string;
  readonly putAtMs: number;
  /** When the rule of its class deletes it. */
  readonly endsAtMs: number;
  /** The message that it was published with. */
  id?: string;
  readonly references: Map<string, Reference>;
}

/** What the checker asks of others. */
interface Beside {
  readonly log: Pick<LogChecker, "lowestRetentionMs">;
  readonly isLive: (topic: TopicRef) => boolean;
  readonly isErased: (id: string) => boolean;
}

/**
 * No object goes before the last message that refers to it, and each has a rule by which it goes; it is one message's,
 * whatever was published how often; whoever has the message gets the body that was uploaded.
 */
export class UploadChecker {
  readonly #put = new Map<string, Put>();

  constructor(
    private readonly world: World,
    private readonly storage: MemoryStorage,
    private readonly beside: Beside,
  ) {}

  /** A publisher has put a body there. */
  put(key: string, label: string, body: string): void {
    if (this.#put.has(key)) return;
    const classDays = Number(/^segments\/(\d+)d\//.exec(key)?.[1]);
    if (!SEGMENT_CLASSES_DAYS.includes(classDays))
      this.#violation(`no rule of the bucket ever deletes ${key}`);
    const putAtMs = this.world.nowMs;
    const endsAtMs = putAtMs + classDays * DAY_MS;
    this.#put.set(key, { label, body, putAtMs, endsAtMs, references: new Map() });
    this.world.count("uploaded");
  }

  /** What the bucket's rules look at. */
  get objects(): Iterable<readonly [string, Pick<Put, "putAtMs" | "endsAtMs">]> {
    return this.#put;
  }

  after({ port, method, args }: Call, outcome: unknown): void {
    if (this.#put.size === 0) return;
    if (port === "log" && method === "append" && (outcome as AppendOutcome).kind === "stored")
      this.#appended(args[0] as PartitionRef, args[1] as Slot);
    if (port === "delayed" && method === "put" && (outcome as readonly Refusal[]).length === 0)
      for (const one of args[1] as readonly Delayed[]) this.#delayed(args[0] as TopicRef, one);
    if (port === "segments" && method === "delete") this.gone(args[0] as string, "somebody deletes it");
    if (port !== "progress" || outcome === "conflict") return;
    for (const { letter } of moveOf(method, args)?.deadLetters ?? [])
      this.#died((args[0] as SubscriptionRef).topic, letter);
  }

  #appended(topicPartition: PartitionRef, slot: Slot): void {
    const { topic, partition } = topicPartition;
    this.#opened(slot, slot.content).forEach((content, at) => {
      const id = idOf(content, { topic, partition, offset: slot.base + at });
      const untilMs = Math.min(slot.expiresAtMs, content.expiresAtMs ?? Infinity);
      this.#refers(content, { what: "in the log", id, topic, untilMs }, slot.publishedAtMs);
    });
  }

  #delayed(topic: TopicRef, { id, dueMs, copy }: Delayed): void {
    const retentionMs = this.#retentionMs(topic);
    for (const content of this.#opened({ ...copy, count: 1 }, copy.content)) {
      const untilMs = Math.min(dueMs + retentionMs, content.expiresAtMs ?? Infinity);
      this.#refers(content, { what: "delayed", id, topic, untilMs }, dueMs);
    }
  }

  #died(topic: TopicRef, { id, copy, expiresAtMs }: DeadLetter): void {
    for (const content of this.#opened({ ...copy, count: 1 }, copy.content))
      this.#refers(content, { what: "a dead letter", id, topic, untilMs: expiresAtMs }, undefined);
  }

  /** `sinceMs`: from then on it is kept for its topic's retention; undefined: it has one of its own. */
  #refers(content: MessageContent, reference: Reference, sinceMs: number | undefined): void {
    const key = uploadOf(reference.topic, content);
    const put = key === undefined ? undefined : this.#put.get(key);
    if (key === undefined || !put) return;
    const { what, id, topic, untilMs } = reference;
    const name = `${put.label} (${id}), which is ${what},`;
    if (put.id !== undefined && put.id !== id)
      this.#violation(`${name} has the upload of another message, ${put.id}`);
    put.id = id;
    if (!content.uploaded) return;
    put.references.set(what, reference);
    this.world.count("upload-referred-to");
    if (sinceMs !== undefined && untilMs < sinceMs + this.#retentionMs(topic) - SKEW_MS)
      this.#violation(`${name} ends before its topic's retention`);
    if (this.beside.isErased(id)) return;
    if (untilMs > put.endsAtMs) this.#violation(`${name} lives longer than its body`);
    if (!this.storage.segments.has(key)) this.#violation(`${name} has no body`);
    if (this.storage.uploads.get(key)?.isUsed !== true)
      this.#violation(`${name} has a body that is deleted as an unused one`);
  }

  /** An object is deleted. */
  gone(key: string, why: string): void {
    const put = this.#put.get(key);
    if (!put) return;
    for (const { what, id, topic, untilMs } of put.references.values()) {
      const isOver = untilMs <= this.world.nowMs || this.beside.isErased(id) || !this.beside.isLive(topic);
      if (!isOver) this.#violation(`the body of ${id}, which is ${what}, goes: ${why}`);
    }
  }

  /** A publish was answered: each of an upload is told of the same message. */
  answered(key: string, id: string): void {
    const put = this.#put.get(key);
    if (put && put.id !== id)
      this.#violation(`${put.label} is told to be ${id}, and is ${put.id ?? "not there"}`);
  }

  /** It was refused as it was asked for. */
  refused(key: string, text: string): void {
    const put = this.#put.get(key);
    const [, , name = "", uid = ""] = key.split("/");
    this.world.count("upload-refused");
    if (!put || put.id !== undefined || !this.beside.isLive({ name, uid })) return;
    if (this.world.nowMs < put.putAtMs + UPLOAD_FOR_MS - SKEW_MS)
      this.#violation(`${put.label} was uploaded in time, and is refused: ${text}`);
  }

  /** Whoever fetched the body of a message got these bytes. */
  fetched(key: string, id: string, body: string | undefined): void {
    this.world.count("upload-fetched");
    const put = this.#put.get(key);
    if (!put || put.body === body || this.#mayBeGone(put, id)) return;
    this.#violation(`the body of ${id} is ${body === undefined ? "not there" : "another one"}`);
  }

  /** Whoever asked for the body of a message heard that there is no such message. */
  notFound(key: string, id: string): void {
    const put = this.#put.get(key);
    if (put && !this.#mayBeGone(put, id)) this.#violation(`the body of ${id} is not found`);
  }

  #mayBeGone({ references }: Put, id: string): boolean {
    if (this.beside.isErased(id)) return true;
    return [...references.values()].every(
      ({ untilMs, topic }) => untilMs <= this.world.nowMs + SKEW_MS || !this.beside.isLive(topic),
    );
  }

  /** What is still referred to is still there, as it was uploaded. */
  atTheEnd(): void {
    for (const [key, put] of this.#put) {
      const bytes = this.storage.segments.get(key);
      const body = bytes && Buffer.from(bytes).toString();
      for (const { id } of put.references.values())
        if (body !== put.body && !this.#mayBeGone(put, id))
          this.#violation(`the body of ${id} is ${body === undefined ? "gone" : "another one"} in the end`);
    }
  }

  #retentionMs({ uid }: TopicRef): number {
    return this.beside.log.lowestRetentionMs.get(uid) ?? 0;
  }

  #opened(packed: Packed, content: SlotContent): readonly MessageContent[] {
    const bytes = content.kind === "inline" ? content.bytes : this.storage.segments.get(content.key);
    try {
      return bytes ? decodeMessages(packed, bytes) : [];
    } catch (error) {
      if (error instanceof UnreadableSlot) return [];
      throw error;
    }
  }

  #violation(text: string): void {
    this.world.violation("upload", text);
  }
}
