import { type Lease, type Retry, type Span, dueId } from "../../domain/progress/records.js";
import { formatReceipt } from "../../domain/receipt.js";
import type { SubscriptionRef } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import type { Handed } from "../../domain/handed.js";
import { joinSpans, spanLength } from "../../domain/progress/spans.js";
import type { PlacedMessage } from "../log/placed-message.js";

/** An entry, and how often it was handed out before. */
export type EntryWithPast = PlacedMessage & { readonly span?: Span };

/** Their spans once they were handed out so many times more. */
export function spansOf(entries: readonly EntryWithPast[], nowMs: number, attempts: 0 | 1): Span[] {
  return joinSpans(
    entries.map(({ message: { offset, publishedAtMs }, slotBase, span: past }) => {
      const attempt = (past?.attempt ?? 0) + attempts;
      const firstReceivedAtMs = past?.firstReceivedAtMs ?? (attempts === 1 ? nowMs : undefined);
      const first = firstReceivedAtMs === undefined ? {} : { firstReceivedAtMs };
      return { from: offset, to: offset + 1, slotBase, attempt, publishedAtMs, ...first };
    }),
  );
}

export function leaseOf(
  { random }: Engine,
  partition: number,
  epoch: number,
  spans: readonly Span[],
  dueMs: number,
): Lease {
  const id = dueId(dueMs, random.nonce());
  return { kind: "lease", id, partition, epoch, spans, done: [], version: 1, dueMs };
}

export function retryOf(
  { random }: Engine,
  partition: number,
  epoch: number,
  spans: readonly Span[],
  dueMs: number,
): Retry {
  const id = dueId(dueMs, random.nonce());
  return { kind: "retry", id, partition, epoch, spans, done: [], version: 1, dueMs };
}

/** The messages of a lease as their consumer gets them. */
export function handOut(
  subscription: SubscriptionRef,
  lease: Lease,
  entries: readonly EntryWithPast[],
): Handed[] {
  const leaseSize = spanLength(lease.spans);
  return entries.map(({ message }) => {
    const span = lease.spans.find(({ from, to }) => message.offset >= from && message.offset < to);
    return {
      ...message,
      receipt: formatReceipt(subscription, { leaseId: lease.id, offset: message.offset, leaseSize }),
      attempt: span?.attempt ?? 1,
      firstReceivedAtMs: span?.firstReceivedAtMs ?? lease.dueMs,
    };
  });
}
