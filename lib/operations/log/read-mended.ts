import { idOf } from "../../domain/message-id.js";
import type { SetAside } from "../../domain/progress/records.js";
import type { Span } from "../../domain/progress/spans.js";
import { UnreadableSlot } from "../../domain/slot-codec.js";
import { nextOffset } from "../../domain/slot.js";
import type { SubscriptionRef } from "../../domain/subscription.js";
import type { PartitionRef } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { openCopyWithin } from "./message-copy.js";
import { setAsideOf } from "./open-slot.js";
import type { SpanEntry } from "./placed-message.js";

/** A partition, read for a subscription. */
export interface SubscriptionPartition extends PartitionRef {
  readonly subscription: SubscriptionRef;
}

/**
 * Reads a message that was mended as it was sent again. It lives as long as the message in the log, whose place, id and
 * times it keeps; once that has expired, there is none. If what replaces its content cannot be read, its slot is set
 * aside: what was published must not be delivered in its place.
 */
export async function readMended(
  engine: Engine,
  at: SubscriptionPartition,
  span: Span & { readonly mended: string },
): Promise<{ readonly entry?: SpanEntry; readonly setAside?: SetAside }> {
  const { clock, deadLetters, log } = engine;
  const { from: offset, slotBase, mended, expiresAtMs = Infinity } = span;
  const slot = await log.slotAt(at, offset);
  const isThere = slot && offset < nextOffset(slot) && slot.expiresAtMs > clock.nowMs();
  if (!isThere || expiresAtMs <= clock.nowMs()) return {};
  const copy = await deadLetters.mended(at.subscription, mended);
  const content = copy ? await openCopyWithin(engine, copy) : new UnreadableSlot("segment-missing");
  if (content instanceof UnreadableSlot)
    return { setAside: setAsideOf(engine, at, { slot, reason: `mended-${content.reason}` }) };
  const { partition } = at;
  const id = idOf(content, { topic: at.topic, partition, offset });
  const message = { ...content, id, partition, offset, publishedAtMs: slot.publishedAtMs };
  return { entry: { message, slotBase, span } };
}
