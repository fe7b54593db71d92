import type { Handed } from "../../domain/handed.js";
import type { LeaseTaker } from "../../domain/moves/making.js";
import type { Takeable, Taking } from "../../domain/moves/take.js";
import type { Lease } from "../../domain/progress/records.js";
import { isSuspect } from "../../domain/progress/blame.js";
import { type Span, spanAt, spanLength } from "../../domain/progress/spans.js";
import { formatReceipt } from "../../domain/receipt.js";
import type { SubscriptionRef } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import type { PlacedMessage } from "../log/placed-message.js";
import type { Take, Taken } from "./take.js";

/** A message, with its span if it was handed out before. */
export type EntryWithPast = PlacedMessage & { readonly span?: Span };

export const takeables = (entries: readonly EntryWithPast[]): readonly Takeable[] =>
  entries.map(({ message: { offset, publishedAtMs, expiresAtMs }, slotBase, span }) => ({
    offset,
    publishedAtMs,
    slotBase,
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
    ...(span ? { past: span } : {}),
  }));

/** Who gets the lease. */
export const takerOf = ({ consumer, beside }: LeaseTaker): LeaseTaker => ({
  ...(consumer ? { consumer } : {}),
  ...(beside === undefined ? {} : { beside }),
});

/** The time and names that a transition needs from outside. */
export const takingOf = (
  { clock, random }: Engine,
  take: Pick<Take, "leaseMs" | "consumer" | "beside">,
): Taking => ({
  nowMs: clock.nowMs(),
  leaseMs: take.leaseMs,
  ...takerOf(take),
  nonce: () => random.nonce(),
});

/** What was taken again. */
export function takenAgain(
  subscription: SubscriptionRef,
  lease: Lease,
  entries: readonly EntryWithPast[],
): Taken {
  const handed = handOut(subscription, lease, entries);
  const apart = isSuspect(lease.spans) ? ({ isApart: true } as const) : {};
  return { kind: "taken", leases: [lease], handed, ...apart };
}

/** The messages of a lease as their consumer gets them. */
export function handOut(
  subscription: SubscriptionRef,
  lease: Lease,
  entries: readonly EntryWithPast[],
): Handed[] {
  const leaseSize = spanLength(lease.spans.filter(({ parkedUntilMs }) => parkedUntilMs === undefined));
  const apart = isSuspect(lease.spans) ? ({ isApart: true } as const) : {};
  const handed: Handed[] = [];
  for (const { message } of entries) {
    const span = spanAt(lease.spans, message.offset);
    if (!span) continue;
    const { attempt, firstReceivedAtMs = lease.dueMs, lastError } = span;
    const receipt = formatReceipt(subscription, { leaseId: lease.id, offset: message.offset, leaseSize });
    const past = { receipt, attempt, firstReceivedAtMs, ...apart };
    handed.push(lastError ? { ...message, ...past, lastError } : { ...message, ...past });
  }
  return handed;
}
