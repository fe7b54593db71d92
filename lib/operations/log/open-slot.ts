import type { Message, MessageContent } from "../../domain/message.js";
import { idOf } from "../../domain/message-id.js";
import type { SetAside } from "../../domain/progress/records.js";
import type { Offset, Slot } from "../../domain/slot.js";
import { UnreadableSlot, decodeApart, decodeMessages, isDecodedApart } from "../../domain/slot-codec.js";
import type { PartitionRef } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { memoryBytesOfSlot } from "../memory-budget.js";
import { endTrouble, failsForLong, isTrouble, noteTrouble } from "./troubles.js";

/** A slot's messages, or that it expired, or why it cannot be read. */
export type OpenedSlot =
  | { readonly kind: "readable"; readonly slot: Slot; readonly messages: readonly MessageContent[] }
  | { readonly kind: "expired"; readonly slot: Slot }
  | { readonly kind: "unreadable"; readonly slot: Slot; readonly reason: UnreadableReason };

type UnreadableReason = UnreadableSlot["reason"] | "segment-unavailable";

/**
 * Fetches and decodes a slot. An object that fails for a long time while others can be read counts as unreadable. With
 * `at`, its partition, a slot of which a message was erased after it had been read is read again.
 * @throws {StorageUnavailable} {Throttled} if its bytes cannot be read now.
 */
export async function openSlot(engine: Engine, slot: Slot, at?: PartitionRef): Promise<OpenedSlot> {
  const { caches, clock } = engine;
  if (slot.expiresAtMs <= clock.nowMs()) return { kind: "expired", slot };
  const cached = caches.slots.get(slot);
  if (cached) return { kind: "readable", slot, messages: cached };
  try {
    const bytes = await bytesOf(engine, slot);
    if (bytes === "unavailable") return { kind: "unreadable", slot, reason: "segment-unavailable" };
    if (!bytes) {
      const rewritten = at && (await rewrittenSince(engine, slot, at));
      if (rewritten) return await openSlot(engine, rewritten, at);
      throw new UnreadableSlot("segment-missing");
    }
    const isApart = engine.settings.hasThreads && isDecodedApart(slot);
    const messages = isApart ? await decodeApart(slot, bytes) : decodeMessages(slot, bytes);
    caches.slots.set(slot, messages, memoryBytesOfSlot(slot));
    return { kind: "readable", slot, messages };
  } catch (error) {
    if (error instanceof UnreadableSlot) return { kind: "unreadable", slot, reason: error.reason };
    throw error;
  }
}

/** The object of a slot is deleted once the slot has another one, without what was erased. */
async function rewrittenSince(
  { log }: Engine,
  { base, checksum }: Slot,
  at: PartitionRef,
): Promise<Slot | undefined> {
  const there = await log.slotAt(at, base);
  return there?.base === base && there.checksum !== checksum ? there : undefined;
}

async function bytesOf(engine: Engine, { content }: Slot): Promise<Uint8Array | undefined | "unavailable"> {
  if (content.kind === "inline") return content.bytes;
  const trouble = `segment ${content.key}`;
  try {
    const bytes = await engine.segments.get(content.key);
    engine.caches.segmentReadAtMs = engine.clock.nowMs();
    endTrouble(engine, trouble);
    return bytes;
  } catch (error) {
    if (!isTrouble(error)) throw error;
    const { sinceMs } = noteTrouble(engine, trouble, error);
    // An outage of the whole store says nothing about this object.
    if (failsForLong(engine, trouble) && engine.caches.segmentReadAtMs > sinceMs) return "unavailable";
    throw error;
  }
}

/** The message at `offset` of an opened slot. */
export function messageAt(
  partition: PartitionRef,
  slot: Slot,
  messages: readonly MessageContent[],
  offset: Offset,
): Message {
  const content = messages[offset - slot.base] as MessageContent;
  return {
    ...content,
    id: idOf(content, { ...partition, offset }),
    partition: partition.partition,
    offset,
    publishedAtMs: slot.publishedAtMs,
  };
}

/** Sets an unreadable slot aside for an operator to look at, and logs and counts it. */
export function setAsideOf(
  { telemetry, clock }: Engine,
  partition: PartitionRef,
  { slot, reason }: { slot: Slot; reason: string },
): SetAside {
  const { base, count } = slot;
  telemetry.event("slot-set-aside", "error", {
    topic: partition.topic.name,
    partition: partition.partition,
    base,
    count,
    reason,
    ...(slot.content.kind === "segment" ? { segment: slot.content.key } : {}),
  });
  return { partition: partition.partition, base, count, reason, atMs: clock.nowMs() };
}
