import { isDeepStrictEqual } from "node:util";
import type { MemoryStorage } from "../../../lib/adapters/memory/storage.js";
import type { MessageContent } from "../../../lib/domain/message.js";
import type { Slot } from "../../../lib/domain/slot.js";
import { headerOf } from "../../../lib/domain/slot-header.js";
import { type MessageAddress, idOf, parseMessageId } from "../../../lib/domain/message-id.js";
import { UnreadableSlot, decodeMessages } from "../../../lib/domain/slot-codec.js";
import { type PartitionRef, type Topic, partitionKey } from "../../../lib/domain/topic.js";
import { fieldsOf, textOf } from "../filters.js";
import type { World } from "../world.js";
import { type Logged, PartitionLog } from "./partition-log.js";
import type { AppendOutcome } from "../../../lib/domain/append-outcome.js";

/** Two clocks apart, and what is under way meanwhile. */
const SKEW_MS = 250_000;
/** A tail that has less to live is not appended to at the next offset: five minutes, by a clock that may be apart. */
const RESTART_BELOW_MS = 5 * 60_000 + SKEW_MS;
/** Between a slot's expiry and the moment when nobody asks for it any more: late deliveries, clocks apart. */
const REMEMBERED_MS = 30 * 60_000;

/** Offsets unique, dense, never reused; no slot below one that was there; expiry that never goes back. */
export class LogChecker {
  readonly partitions = new Map<string, PartitionLog>();
  /** Segments that were lost or damaged. */
  readonly spoiled = new Set<string>();
  /** Objects that are there, and failed for so long that they may be set aside. */
  readonly failedForLong = new Set<string>();
  /** Nonces of the slots that are known, in the order of their appends. */
  readonly #stored = new Map<string, { readonly expiresAtMs: number }>();
  /** How often a producer sent a message, and with which of all publishes last. */
  readonly #sent = new Map<string, { readonly attempts: number; readonly publish: number }>();
  #publishes = 0;
  /** By topic uid: the shortest that the topic ever had. */
  readonly lowestRetentionMs = new Map<string, number>();
  /** Where messages lie whose ids were given before. */
  readonly #given = new Map<string, MessageAddress>();
  /** How often a message is in the log. */
  readonly #copies = new Map<string, number>();
  /** By topic and key: the one partition that has it. */
  readonly #partitionOf = new Map<string, number>();

  constructor(
    private readonly world: World,
    private readonly storage: MemoryStorage,
    private readonly isOrdered: (topicUid: string) => boolean,
    /** What may lie in a slot, in bytes; more goes to a segment. */
    private readonly inlineLimitBytes: number,
  ) {}

  /** One publish sends these messages, once more each. */
  sent(labels: readonly string[]): void {
    const publish = ++this.#publishes;
    for (const label of labels)
      this.#sent.set(label, { attempts: (this.#sent.get(label)?.attempts ?? 0) + 1, publish });
  }

  of(ref: PartitionRef): PartitionLog {
    const key = partitionKey(ref);
    const there = this.partitions.get(key);
    if (there) return there;
    const made = new PartitionLog(ref);
    this.partitions.set(key, made);
    return made;
  }

  /** A topic has these settings now. */
  retains({ uid, retentionSeconds }: Topic): void {
    const before = this.lowestRetentionMs.get(uid) ?? Infinity;
    this.lowestRetentionMs.set(uid, Math.min(before, retentionSeconds * 1_000));
  }

  /** Gives the messages that are in the log from now on. */
  appended(who: string, ref: PartitionRef, slot: Slot, outcome: AppendOutcome): readonly Logged[] {
    if (outcome.kind !== "stored" || this.#stored.has(slot.nonce)) return [];
    this.#stored.set(slot.nonce, slot);
    const log = this.of(ref);
    const name = `${who} appended slot ${slot.base} to partition ${ref.partition} of ${ref.topic.uid}`;
    if (this.#isLive(ref)) {
      this.#behindTheTail(log, slot, name);
      log.endAt(slot);
    }
    if (slot.content.kind === "inline" && slot.content.bytes.length > this.inlineLimitBytes) {
      this.world.violation("size", `${name}: ${slot.content.bytes.length} bytes inline`);
    }
    this.#register(log, slot, name);
    return log.between(slot.base, slot.base + slot.count);
  }

  /** Of a life that is over nobody reads: what lands there late may lie anywhere, since its anchors are purged. */
  #isLive({ topic }: PartitionRef): boolean {
    const there = this.storage.topics.get(topic.name);
    return there?.kind === "topic" && there.topic.uid === topic.uid;
  }

  #behindTheTail(log: PartitionLog, slot: Slot, name: string): void {
    if (slot.base < log.end) this.world.violation("log", `${name}: below ${log.end}, an offset is reused`);
    const isGap = slot.base !== log.end && log.isUsed;
    if (isGap && log.expiresAtMs - this.world.nowMs > RESTART_BELOW_MS) {
      this.world.violation("log", `${name}: a gap behind ${log.end}, where the tail had long to live`);
    }
    const retentionMs = this.lowestRetentionMs.get(log.ref.topic.uid) ?? 0;
    if (slot.expiresAtMs < this.world.nowMs - SKEW_MS + retentionMs)
      this.world.violation("retention", `${name}: it expires before the topic's retention ends`);
    if (slot.expiresAtMs < log.expiresAtMs) this.world.violation("log", `${name}: its expiry goes back`);
  }

  #register(log: PartitionLog, slot: Slot, name: string): void {
    const segment = slot.content.kind === "segment" ? slot.content.key : undefined;
    const bytes =
      slot.content.kind === "inline" ? slot.content.bytes : this.storage.segments.get(slot.content.key);
    if (segment && !bytes && !this.spoiled.has(segment)) {
      this.world.violation("log", `${name}: its segment is not there`);
    }
    const contents = this.#decoded(slot, bytes, segment);
    if (contents) this.#headerSaysTheSame(slot, contents, name);
    const publishes = new Set(contents?.map((content) => this.#sent.get(labelIn(content))?.publish));
    if (publishes.size > 1) this.world.count("packed");
    const { topic, partition } = log.ref;
    const header = headerOf(slot);
    for (let index = 0; index < slot.count; index++) {
      const content = contents?.[index];
      const offset = slot.base + index;
      const logged: Logged = {
        id: idOf(content ?? {}, { topic, partition, offset }),
        partition,
        offset,
        slotBase: slot.base,
        label: content ? labelIn(content) : "?",
        atMs: this.world.nowMs,
        key: content?.key,
        expiresAtMs: Math.min(slot.expiresAtMs, content?.expiresAtMs ?? Infinity),
        headerExpiresAtMs: (header === "open-it" ? undefined : header[index]?.expiresAtMs) ?? Infinity,
        slotExpiresAtMs: slot.expiresAtMs,
        segment,
        bodyUntilMs: content?.uploaded?.keptUntilMs,
        fields: content
          ? fieldsOf(content, content.body)
          : fieldsOf(header === "open-it" ? {} : (header[index] ?? {})),
      };
      if (content?.givenId !== undefined) this.#given.set(content.givenId, { topic, partition, offset });
      this.#count(logged, name);
      this.#inItsPartition(log, logged, name);
      log.add(logged);
    }
  }

  /** Where the message with this id lies, as far as that is known. */
  addressOf(id: string): MessageAddress | undefined {
    return parseMessageId(id) ?? this.#given.get(id);
  }

  /** A filter that went by the header alone would pass over what its bytes say otherwise. */
  #headerSaysTheSame(slot: Slot, contents: readonly MessageContent[], name: string): void {
    const header = headerOf(slot);
    if (header === "open-it") return;
    const isSame = contents.every(({ key, tag, attributes, expiresAtMs, givenId }, index) => {
      const hasGivenId = givenId === undefined ? undefined : true;
      return isDeepStrictEqual(header[index], withoutGaps({ key, tag, attributes, expiresAtMs, hasGivenId }));
    });
    if (!isSame) this.world.violation("log", `${name}: its header says otherwise than its messages`);
  }

  /** A message is in the log once for each time that it was sent, at the most. */
  #count({ label }: Logged, name: string): void {
    const copies = (this.#copies.get(label) ?? 0) + 1;
    this.#copies.set(label, copies);
    const attempts = this.#sent.get(label)?.attempts;
    if (attempts !== undefined && copies > attempts) {
      this.world.violation(
        "copies",
        `${name}: ${label} is there ${copies} times, and was sent ${attempts} times`,
      );
    }
  }

  /** Order is kept within a partition: a key may have but one. */
  #inItsPartition({ ref }: PartitionLog, { key, label }: Logged, name: string): void {
    if (key === undefined || !this.isOrdered(ref.topic.uid)) return;
    const place = `${ref.topic.uid} ${key}`;
    const known = this.#partitionOf.get(place);
    if (known === undefined) this.#partitionOf.set(place, ref.partition);
    else if (known !== ref.partition)
      this.world.violation("order", `${name}: ${label} has key ${key}, which partition ${known} has`);
  }

  #decoded(slot: Slot, bytes: Uint8Array | undefined, segment: string | undefined) {
    if (!bytes) return undefined;
    try {
      return decodeMessages(slot, bytes);
    } catch (error) {
      if (!(error instanceof UnreadableSlot)) throw error;
      if (!segment || !this.spoiled.has(segment))
        this.world.violation("log", `slot ${slot.base} cannot be read, and nobody has damaged it`);
      return undefined;
    }
  }

  /** Messages that are not forgotten. */
  get known(): number {
    return [...this.partitions.values()].reduce((sum, { size }) => sum + size, 0);
  }

  hasFailedForLong({ segment }: Pick<Logged, "segment">): boolean {
    return segment !== undefined && this.failedForLong.has(segment);
  }

  isUnreadable({ segment }: Pick<Logged, "segment">): boolean {
    return segment !== undefined && this.spoiled.has(segment);
  }

  /** Forgets what expired so long ago that nobody asks for it, and gives it. Memory so follows the retention. */
  forget(): readonly { readonly log: PartitionLog; readonly gone: readonly Logged[] }[] {
    const beforeMs = this.world.nowMs - REMEMBERED_MS;
    for (const [nonce, { expiresAtMs }] of this.#stored) {
      if (expiresAtMs >= beforeMs) break;
      this.#stored.delete(nonce);
    }
    return [...this.partitions.values()].map((log) => {
      const gone = log.forget(beforeMs);
      for (const { id, label, segment } of gone) {
        this.#given.delete(id);
        this.#copies.delete(label);
        this.#sent.delete(label);
        if (segment === undefined) continue;
        this.spoiled.delete(segment);
        this.failedForLong.delete(segment);
      }
      return { log, gone };
    });
  }
}

const withoutGaps = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const JSON_LABEL = '{"label":"';

/** A body is `label`, `label padding`, or JSON that begins with its label. */
export function labelOf(body: string | Uint8Array): string {
  const text = textOf(body);
  if (!text.startsWith(JSON_LABEL)) return text.split(" ", 1)[0] ?? "";
  return text.slice(JSON_LABEL.length, text.indexOf('"', JSON_LABEL.length));
}

/** The label of a message: where its body was uploaded, its business key is one. */
export const labelIn = ({ body, uploaded, businessKey = "" }: MessageContent): string =>
  uploaded ? businessKey : labelOf(body);
