import type { Refusal } from "../../domain/append-outcome.js";
import type { Beside } from "../../domain/beside.js";
import { Throttled } from "../../domain/errors.js";
import { invariant } from "../../domain/invariant.js";
import type { MessageContent } from "../../domain/message.js";
import type { AppendOptions } from "../../domain/ports/log-store.js";
import { segmentClassDays, segmentKey } from "../../domain/segment-key.js";
import {
  type Slot,
  type SlotContent,
  type SlotDraft,
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
import { backOff } from "../contention.js";
import { headerRoomBytes } from "./header-room.js";
import { openSlot } from "./open-slot.js";

/** An older tail may have expired since it was read. */
const TAIL_CACHE_MS = 60_000;
/** With the pauses between races for one partition, this many attempts fit into an API request's 29 s. */
const APPEND_ATTEMPTS = 40;
const LOST_EVERY_RACE_RETRY_MS = 500;
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

export interface Appended {
  readonly kind: "appended";
  readonly partition: number;
  readonly slot: Slot;
  /** Races lost before it succeeded. */
  readonly losses: number;
}

/** Nothing was stored, because these of the changes beside it were not allowed. */
export interface Refused {
  readonly kind: "refused";
  readonly refusals: readonly Refusal[];
}

/** The changes beside a slot, where they say what it is, or where. Each attempt may have another place. */
export type BesideOf = (partition: number, slot: Slot) => readonly Beside[];

/**
 * Stores `messages` as one slot at exactly the next offset of the partition that `choose` returns.
 * @throws {Throttled} if it lost every race.
 * @throws {StorageUnavailable} if it is not known whether the slot was stored.
 */
export async function append(
  engine: Engine,
  topic: Topic,
  messages: readonly MessageContent[],
  choose: ChoosePartition,
): Promise<Appended> {
  const outcome = await appendBeside(engine, topic, messages, choose, []);
  invariant(outcome.kind === "appended", "nothing beside an append, nothing that refuses it");
  return outcome;
}

/** Like `append`, in one transaction with changes beside the log: all or nothing. */
export async function appendBeside(
  engine: Engine,
  topic: Topic,
  messages: readonly MessageContent[],
  choose: ChoosePartition,
  beside: readonly Beside[] | BesideOf,
): Promise<Appended | Refused> {
  const encoded = await encodeMessages(messages);
  const inlineBytes =
    encoded.bytes.length <= engine.settings.inlineLimitBytes ? encoded.bytes.length : undefined;
  const header = encodeHeader(messages, headerRoomBytes(topic, inlineBytes));
  const nonce = engine.random.nonce();
  let uploaded: Uploaded | undefined;
  let losses = 0;
  let previous: number | undefined;
  for (let attempt = 1; attempt <= APPEND_ATTEMPTS; attempt++) {
    const ref: PartitionRef = { topic, partition: choose(losses) };
    const hopped = previous !== undefined && previous !== ref.partition;
    // A key has only one partition, so a random pause decides who is next.
    if (attempt > 1 && !hopped) await backOff(engine, attempt - 1);
    previous = ref.partition;
    const { tail, anchorVersion } = await findAppendPoint(engine, ref, hopped || losses > 1);
    uploaded = await contentFor(engine, topic, encoded, nonce, tail, uploaded);
    const nowMs = engine.clock.nowMs();
    // The upload took time: if the tail's remaining life no longer allows the plain way, the anchor is needed.
    if (anchorVersion === undefined && appendWay(tail, nowMs) !== "plain") continue;
    const draft: SlotDraft = { ...draftOf(encoded, nonce), content: uploaded.content, header };
    const slot = slotAfter(tail, draft, nowMs, topic.retentionSeconds * 1_000);
    const outcome = await put(engine, ref, slot, optionsOf(anchorVersion, besideIn(beside, ref, slot)));
    if (outcome.kind === "refused") return outcome;
    if (outcome.kind === "stored") {
      remember(engine, ref, slot);
      if (engine.news.isAwaited(topic.uid)) await keepForPolls(engine, ref, slot);
      engine.news.ring(topic.uid);
      // Where this took so long that its mark may be gone.
      if (anchorVersion !== undefined) await announce(engine, topic);
      return { kind: "appended", partition: ref.partition, slot, losses };
    }
    if (outcome.kind === "lost") {
      losses++;
      remember(engine, ref, outcome.winner);
    } else {
      engine.caches.tails.delete(partitionKey(ref));
    }
  }
  throw new Throttled(`append to topic ${topic.name}`, LOST_EVERY_RACE_RETRY_MS);
}

const draftOf = (
  { encoding, unpackedBytes, checksum, count }: EncodedMessages,
  nonce: string,
): Omit<SlotDraft, "content" | "header"> => ({
  encoding,
  unpackedBytes,
  checksum,
  count,
  nonce,
});

const besideIn = (
  beside: readonly Beside[] | BesideOf,
  { partition }: PartitionRef,
  slot: Slot,
): readonly Beside[] => (typeof beside === "function" ? beside(partition, slot) : beside);

/** undefined for a plain put, which costs half of a transaction. */
function optionsOf(anchorVersion: number | undefined, beside: readonly Beside[]): AppendOptions | undefined {
  if (anchorVersion === undefined && beside.length === 0) return undefined;
  return { beside, ...(anchorVersion === undefined ? {} : { anchorVersion }) };
}

/** A failed write may have been carried out, so the cached tail of the partition can no longer be trusted. */
async function put(engine: Engine, ref: PartitionRef, slot: Slot, options: AppendOptions | undefined) {
  try {
    return await engine.log.append(ref, slot, options);
  } catch (error) {
    engine.caches.tails.delete(partitionKey(ref));
    throw error;
  }
}

function remember({ caches, clock }: Engine, ref: PartitionRef, tail: Tail): void {
  caches.tails.set(partitionKey(ref), { value: tailOf(tail), atMs: clock.nowMs() });
}

/** A poll of this process takes the slot from memory: no larger ones, whose bytes would only be decoded sooner. */
async function keepForPolls(engine: Engine, ref: PartitionRef, slot: Slot): Promise<void> {
  if (slot.content.kind !== "inline" || slot.unpackedBytes > KEPT_UP_TO_BYTES) return;
  await openSlot(engine, slot);
  engine.caches.slots.setPlace(ref, slot);
}

async function findAppendPoint(engine: Engine, ref: PartitionRef, readAnew: boolean): Promise<AppendPoint> {
  const { log, caches, clock } = engine;
  const cached = readAnew ? undefined : caches.tails.get(partitionKey(ref));
  if (cached && isFresh(cached.atMs, clock.nowMs()) && appendWay(cached.value, clock.nowMs()) === "plain") {
    return { tail: cached.value };
  }
  const tail = await log.tail(ref);
  if (appendWay(tail, clock.nowMs()) === "plain") return { tail };
  const [anchorVersion] = await Promise.all([log.anchorVersion(ref), announce(engine, ref.topic)]);
  return { tail: await log.tail(ref), anchorVersion };
}

/** A clock that was set back does not make a cached tail fresher. */
const isFresh = (atMs: number, nowMs: number): boolean => nowMs >= atMs && nowMs - atMs < TAIL_CACHE_MS;

/**
 * Uploads large bytes to S3 before the slot is claimed, never after. Uploads them again if the new place makes the slot
 * live longer.
 */
async function contentFor(
  { settings, segments, clock }: Engine,
  topic: Topic,
  { bytes }: EncodedMessages,
  nonce: string,
  tail: Tail | undefined,
  uploaded: Uploaded | undefined,
): Promise<Uploaded> {
  if (bytes.length <= settings.inlineLimitBytes) return { classDays: 0, content: { kind: "inline", bytes } };
  const nowMs = clock.nowMs();
  const classDays = segmentClassDays(slotExpiryMs(tail, nowMs, topic.retentionSeconds * 1_000), nowMs);
  if (uploaded && uploaded.classDays >= classDays) return uploaded;
  const key = segmentKey(classDays, topic, nonce);
  await segments.put(key, bytes);
  return { classDays, content: { kind: "segment", key, sizeBytes: bytes.length } };
}
