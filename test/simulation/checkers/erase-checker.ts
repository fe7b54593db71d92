import { isDeepStrictEqual } from "node:util";
import type { MemoryStorage } from "../../../lib/adapters/memory/storage.js";
import { mendedPrefix } from "../../../lib/domain/dead-letter.js";
import type { MessageContent } from "../../../lib/domain/message.js";
import type { Slot } from "../../../lib/domain/slot.js";
import { UnreadableSlot, decodeMessages } from "../../../lib/domain/slot-codec.js";
import { type PartitionRef, type Topic, partitionKey } from "../../../lib/domain/topic.js";
import { uploadOf } from "../../../lib/domain/upload.js";
import { fieldsOf } from "../filters.js";
import type { Call } from "../port-calls.js";
import type { World } from "../world.js";
import type { LogChecker } from "./log-checker.js";
import type { Logged } from "./partition-log.js";

/** Whoever has read a message before hands out nothing of it later than this. */
const HEARD_OF_MS = 60_000;

interface ErasedHere {
  readonly ref: PartitionRef;
  readonly logged: Logged;
  /** The objects that held it: its slot's, and the one that its body was uploaded to. */
  readonly objects: readonly string[];
  isNoted: boolean;
}

type Changing = { -readonly [K in keyof Logged]: Logged[K] };

/**
 * An erased message leaves a gap, and its neighbours as they are; nothing of it is handed out a while after its topic
 * has said so, and nothing of it is anywhere in the end.
 */
export class EraseChecker {
  /** How much later where processes stand still, or their clocks are apart. */
  laterMs = 0;
  readonly #erased = new Map<string, ErasedHere>();
  /** Messages of which somebody was told that they are erased. */
  readonly #told = new Set<string>();

  constructor(
    private readonly world: World,
    private readonly storage: MemoryStorage,
    private readonly log: LogChecker,
  ) {}

  isErased(id: string): boolean {
    return this.#erased.has(id);
  }

  /** An operator was told so. */
  told(id: string): void {
    this.world.count("erased");
    this.#told.add(id);
    if (!this.#erased.has(id)) this.#violation(`${id} is told to be erased, and its slot is as it was`);
  }

  after({ port, method, args }: Call, outcome: unknown): void {
    if (port === "log" && method === "replace" && outcome === "replaced")
      this.#replaced(...(args as [PartitionRef, Slot, Slot]));
    if (port === "topics" && method === "update" && outcome === "updated") this.#noted(args[0] as Topic);
  }

  #replaced(ref: PartitionRef, before: Slot, slot: Slot): void {
    const name = `slot ${slot.base} of partition ${ref.partition}`;
    const places = ({ base, count, nonce, publishedAtMs, expiresAtMs }: Slot) =>
      [base, count, nonce, publishedAtMs, expiresAtMs].join();
    if (places(before) !== places(slot)) this.#violation(`${name} has another place, count or time`);
    const [old, now] = [this.#decoded(before), this.#decoded(slot)];
    // Its answer was lost, and the object has gone since.
    if (!old || !now) return;
    const erased = now.flatMap(({ erased: is }, index) => (is && !old[index]?.erased ? [index] : []));
    now.forEach((message, index) => {
      if (erased.includes(index)) return this.#isGap(name, message);
      if (!isDeepStrictEqual(message, old[index]))
        this.#violation(`${name}: a neighbour at ${index} changed`);
    });
    const object = before.content.kind === "segment" ? before.content.key : undefined;
    const segment = slot.content.kind === "segment" ? slot.content.key : undefined;
    for (let index = 0; index < slot.count; index++) {
      const logged = this.log.of(ref).at(slot.base + index) as Changing | undefined;
      if (!logged) continue;
      logged.segment = segment;
      if (!erased.includes(index) || this.#erased.has(logged.id)) continue;
      logged.expiresAtMs = this.world.nowMs;
      logged.headerExpiresAtMs = this.world.nowMs;
      logged.graceMs = Infinity;
      logged.fields = fieldsOf(now[index] as MessageContent, "");
      const upload = uploadOf(ref.topic, old[index] ?? {});
      const objects = [object, upload].filter((key) => key !== undefined);
      this.#erased.set(logged.id, { ref, logged, objects, isNoted: false });
    }
  }

  #isGap(
    name: string,
    { body, contentType: _, expiresAtMs: __, givenId: ___, erased: ____, ...left }: MessageContent,
  ) {
    if (body.length > 0 || Object.keys(left).length > 0)
      this.#violation(`${name} keeps ${Object.keys(left).join()} of what was erased`);
  }

  #decoded(slot: Slot): readonly MessageContent[] | undefined {
    const { content } = slot;
    const bytes = content.kind === "inline" ? content.bytes : this.storage.segments.get(content.key);
    try {
      return bytes && decodeMessages(slot, bytes);
    } catch (error) {
      if (error instanceof UnreadableSlot) return undefined;
      throw error;
    }
  }

  /** From now on every process hears of it. */
  #noted({ uid, erasedAtMs }: Topic): void {
    if (erasedAtMs === undefined) return;
    for (const one of this.#erased.values()) {
      if (one.isNoted || one.ref.topic.uid !== uid) continue;
      one.isNoted = true;
      const logged = one.logged as Changing;
      logged.expiresAtMs = this.world.nowMs;
      logged.graceMs = HEARD_OF_MS + this.laterMs;
    }
  }

  /** Once nothing goes wrong any more, and the clock had its time. */
  atTheEnd(): void {
    for (const [id, one] of this.#erased) {
      if (!this.#isLive(one.ref)) continue;
      for (const key of one.objects)
        if (this.storage.segments.has(key)) this.#violation(`${key}, which held ${id}, is still there`);
      if (!one.isNoted) this.#violation(`nobody has heard that ${id} was erased`);
      this.#isInNoStore(id, one);
    }
    for (const id of this.#told) if (!this.#erased.has(id)) this.#violation(`${id} was erased, and is not`);
  }

  #isInNoStore(id: string, { ref: { topic, partition }, logged: { offset } }: ErasedHere): void {
    const mended = mendedPrefix({ partition, offset });
    for (const [name, progress] of this.storage.progress) {
      if (!name.startsWith(`${topic.name}#${topic.uid}#`)) continue;
      if (progress.letters.get(id)) this.#violation(`${name} still has a dead letter of ${id}`);
      if ([...progress.mended.keys()].some((one) => one.startsWith(mended)))
        this.#violation(`${name} still has what ${id} was mended to`);
    }
    const slots = this.storage.logs.get(partitionKey({ topic, partition })) ?? [];
    const slot = slots.find(({ base, count }) => base <= offset && offset < base + count);
    const content = slot && this.#decoded(slot)?.[offset - slot.base];
    if (content && !content.erased) this.#violation(`${id} is back in its slot`);
  }

  #isLive({ topic }: PartitionRef): boolean {
    const there = this.storage.topics.get(topic.name);
    return there?.kind === "topic" && there.topic.uid === topic.uid;
  }

  #violation(text: string): void {
    this.world.violation("erased", text);
  }
}
