import type { AppendOutcome } from "../../domain/append-outcome.js";
import type { MessageContent } from "../../domain/message.js";
import { segmentClassDays, segmentKey } from "../../domain/segment-key.js";
import {
  type Slot,
  type SlotContent,
  type SlotHeader,
  type Tail,
  appendWay,
  slotAfter,
  slotExpiryMs,
  tailOf,
} from "../../domain/slot.js";
import { type EncodedMessages, encodeMessages } from "../../domain/slot-codec.js";
import { encodeHeader } from "../../domain/slot-header.js";
import { type PartitionRef, type Topic, partitionKey } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { announce } from "./announce.js";
import { headerRoomBytes } from "./header-room.js";
import { openSlot } from "./open-slot.js";

/** An older tail may have expired since it was read. */
const TAIL_CACHE_MS = 60_000;
const KEPT_UP_TO_BYTES = 64 * 1024;

/** The partition to append to next, after `losses` consecutive lost races. */
export type ChoosePartition = (losses: number) => number;

/** The tail to append after. Unless the plain way is open, also the anchor's version, read before that tail. */
interface AppendPoint {
  readonly tail: Tail | undefined;
  readonly anchorVersion?: number;
}

/** A segment uploaded for this append, and how long the bucket keeps it. */
interface Uploaded {
  readonly classDays: number;
  readonly content: SlotContent;
}

/** A slot at its place, and the anchor's version if it has to be raised. */
export interface PlacedSlot {
  readonly partition: PartitionRef;
  readonly slot: Slot;
  readonly anchorVersion: number | undefined;
}

/** Messages that are about to be one slot: encoded once, and placed anew for each attempt. */
export class Placing {
  /** Races lost so far. */
  losses = 0;
  #ref: PartitionRef;
  #hasHopped = false;
  #uploaded: Uploaded | undefined;

  private constructor(
    private readonly engine: Engine,
    private readonly topic: Topic,
    private readonly encoded: EncodedMessages,
    private readonly header: SlotHeader,
    private readonly choose: ChoosePartition,
    private readonly inlineLimitBytes: number,
    private readonly nonce: string,
  ) {
    this.#ref = { topic, partition: choose(0) };
  }

  static async of(
    engine: Engine,
    topic: Topic,
    messages: readonly MessageContent[],
    choose: ChoosePartition,
    inlineLimitBytes = engine.settings.inlineLimitBytes,
  ): Promise<Placing> {
    const encoded = await encodeMessages(messages);
    const inlineBytes = encoded.bytes.length <= inlineLimitBytes ? encoded.bytes.length : undefined;
    const header = encodeHeader(messages, headerRoomBytes(topic, inlineBytes));
    return new Placing(engine, topic, encoded, header, choose, inlineLimitBytes, engine.random.nonce());
  }

  /** Whether the next attempt goes to another partition than the last one. */
  get hasHopped(): boolean {
    return this.#hasHopped;
  }

  /** From now on other appends of this process stay out of its way, where they can. */
  begin(): void {
    // Others of this process may have begun since this one chose.
    this.#ref = { topic: this.topic, partition: this.choose(this.losses) };
    this.engine.appends.begin(this.#ref);
  }

  end(): void {
    this.engine.appends.end(this.#ref);
  }

  /** The next place for it. undefined if that took so long that it has to be looked for again. */
  async place(readAnew: boolean): Promise<PlacedSlot | undefined> {
    const { engine, topic, encoded, header, nonce } = this;
    const partition = this.#ref;
    const { tail, anchorVersion } = await findAppendPoint(engine, partition, readAnew);
    this.#uploaded = await this.#contentAfter(tail);
    const nowMs = engine.clock.nowMs();
    // The upload took time: if the tail's remaining life no longer allows the plain way, the anchor is needed.
    const { restoredAtMs } = engine.settings;
    if (anchorVersion === undefined && appendWay(tail, nowMs, restoredAtMs) !== "plain") {
      this.#hasHopped = false;
      return undefined;
    }
    const { encoding, unpackedBytes, checksum, count } = encoded;
    const { content } = this.#uploaded;
    const draft = { encoding, unpackedBytes, checksum, count, nonce, content, header };
    const slot = slotAfter(tail, draft, nowMs, topic.retentionSeconds * 1_000, restoredAtMs);
    return { partition, slot, anchorVersion };
  }

  /** Another slot has the place, or the anchor has moved. */
  beaten(outcome: AppendOutcome): void {
    if (outcome.kind === "lost") {
      this.losses++;
      remember(this.engine, this.#ref, outcome.winner);
    } else {
      this.forget();
    }
    const partition = this.choose(this.losses);
    this.#hasHopped = partition !== this.#ref.partition;
    this.#ref = { topic: this.topic, partition };
  }

  /** A failed write may have been carried out, so the cached tail of the partition can no longer be trusted. */
  forget(): void {
    this.engine.caches.tails.delete(partitionKey(this.#ref));
  }

  async stored({ partition, slot, anchorVersion }: PlacedSlot): Promise<void> {
    const { engine, topic } = this;
    remember(engine, partition, slot);
    if (engine.news.isAwaited(topic.uid)) await keepForPolls(engine, partition, slot);
    engine.news.ring(topic.uid);
    // Where this took so long that its mark may be gone.
    if (anchorVersion !== undefined) await announce(engine, topic);
  }

  /**
   * Uploads large bytes to S3 before the slot is claimed, never after. Uploads them again if the new place makes the
   * slot live longer.
   */
  async #contentAfter(tail: Tail | undefined): Promise<Uploaded> {
    const { topic, nonce, inlineLimitBytes } = this;
    const { segments, clock } = this.engine;
    const { bytes } = this.encoded;
    if (bytes.length <= inlineLimitBytes) return { classDays: 0, content: { kind: "inline", bytes } };
    const nowMs = clock.nowMs();
    const classDays = segmentClassDays(slotExpiryMs(tail, nowMs, topic.retentionSeconds * 1_000), nowMs);
    if (this.#uploaded && this.#uploaded.classDays >= classDays) return this.#uploaded;
    const key = segmentKey(classDays, topic, nonce);
    await segments.put(key, bytes);
    return { classDays, content: { kind: "segment", key, sizeBytes: bytes.length } };
  }
}

function remember({ caches, clock }: Engine, ref: PartitionRef, tail: Tail): void {
  caches.tails.set(partitionKey(ref), { value: tailOf(tail), atMs: clock.nowMs() });
}

/** A poll of this process takes the slot from memory: no larger ones, whose bytes would only be decoded sooner. */
async function keepForPolls(engine: Engine, ref: PartitionRef, slot: Slot): Promise<void> {
  if (slot.content.kind !== "inline" || slot.unpackedBytes > KEPT_UP_TO_BYTES) return;
  await openSlot(engine, slot);
  engine.caches.slots.setPlace(ref, slot, engine.clock.nowMs());
}

async function findAppendPoint(engine: Engine, ref: PartitionRef, readAnew: boolean): Promise<AppendPoint> {
  const { log, caches, clock, settings } = engine;
  const isPlain = (tail: Tail | undefined): boolean =>
    appendWay(tail, clock.nowMs(), settings.restoredAtMs) === "plain";
  const cached = readAnew ? undefined : caches.tails.get(partitionKey(ref));
  if (cached && isFresh(cached.atMs, clock.nowMs()) && isPlain(cached.value)) return { tail: cached.value };
  const tail = await log.tail(ref);
  if (isPlain(tail)) return { tail };
  const [anchorVersion] = await Promise.all([log.anchorVersion(ref), announce(engine, ref.topic)]);
  return { tail: await log.tail(ref), anchorVersion };
}

/** A clock that was set back does not make a cached tail fresher. */
const isFresh = (atMs: number, nowMs: number): boolean => nowMs >= atMs && nowMs - atMs < TAIL_CACHE_MS;
