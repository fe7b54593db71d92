import type { SetAside } from "../../domain/progress/records.js";
import type { Span } from "../../domain/progress/spans.js";
import type { SubscriptionRef } from "../../domain/subscription.js";
import { EXPIRED_LONG_AGO_MS } from "../../domain/erasure.js";
import { headerOf } from "../../domain/slot-header.js";
import type { Offset, Slot } from "../../domain/slot.js";
import type { PartitionRef } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { liveSlotAt } from "./live-slot-at.js";
import { messageAt, openSlot, setAsideOf } from "./open-slot.js";
import type { SpanEntry } from "./placed-message.js";

/** A partition, read for a subscription. */
export interface SubscriptionPartition extends PartitionRef {
  readonly subscription: SubscriptionRef;
}

/**
 * Reads a message that was mended as it was sent again. It lives as long as the message in the log, whose place, id and
 * times it keeps; once that has expired, there is none. What replaces its content is opened as a slot of one. If it
 * cannot be read, the message's slot is set aside: what was published must not be delivered in its place.
 * @throws {StorageUnavailable} {Throttled} if it cannot be read now
 */
export async function readMended(
  engine: Engine,
  at: SubscriptionPartition,
  span: Span & { readonly mended: string },
): Promise<{ readonly entry?: SpanEntry; readonly setAside?: SetAside }> {
  const { from: offset, slotBase, mended } = span;
  const slot = await liveSlotAt(engine, at, offset);
  if (!slot) return {};
  const unreadable = (reason: string) => ({
    setAside: setAsideOf(engine, at, { slot, reason: `mended-${reason}` }),
  });
  if (await isErased(engine, at, slot, offset)) return {};
  const copy = await engine.deadLetters.mended(at.subscription, mended);
  const opened =
    copy && (await openSlot(engine, { ...slot, ...copy, base: offset, count: 1, nonce: mended }));
  if (opened?.kind === "expired") return {};
  if (opened?.kind !== "readable") {
    // It is taken out last, so the message may have been erased since its slot was read.
    const now = await liveSlotAt(engine, at, offset);
    if (!now || (await isErased(engine, at, now, offset))) return {};
    return unreadable(opened?.reason ?? "segment-missing");
  }
  const message = messageAt(at, opened.slot, opened.messages, offset);
  // Records leave expiries out, or round them up.
  if (message.expiresAtMs !== undefined && message.expiresAtMs <= engine.clock.nowMs()) return {};
  return { entry: { message, slotBase, span } };
}

/** What a message was mended to is not delivered either, once that is erased. */
async function isErased(engine: Engine, at: PartitionRef, slot: Slot, offset: Offset): Promise<boolean> {
  const headers = headerOf(slot);
  const index = offset - slot.base;
  if (headers !== "open-it") return headers[index]?.expiresAtMs === EXPIRED_LONG_AGO_MS;
  const opened = await openSlot(engine, slot, at);
  return opened.kind === "readable" && opened.messages[index]?.erased !== undefined;
}
