import type { Offset } from "./slot.js";
import { type SubscriptionRef, subscriptionKey } from "./subscription.js";

/** What a receipt says: one message of one lease of one subscription. */
export interface Receipt {
  readonly leaseId: string;
  readonly offset: Offset;
  /** Messages in the lease: who settles them all at once needs no look at it. */
  readonly leaseSize: number;
}

/** A receipt as consumers see it: opaque. It names its subscription, so that no other takes it for its own. */
export function formatReceipt(
  subscription: SubscriptionRef,
  { leaseId, offset, leaseSize }: Receipt,
): string {
  return Buffer.from(`1|${subscriptionKey(subscription)}|${leaseId}|${offset}|${leaseSize}`).toString(
    "base64url",
  );
}

/** The receipt, or why it is none of this subscription's. */
export function parseReceipt(
  subscription: SubscriptionRef,
  text: string,
): Receipt | { readonly kind: "malformed" } | { readonly kind: "foreign" } {
  const match = /^1\|([\w#-]+)\|(\d{16}-[\w-]{1,40})\|(\d{1,16})\|(\d{1,5})$/.exec(
    Buffer.from(text, "base64url").toString("utf8"),
  );
  if (!match) return { kind: "malformed" };
  const [, key, leaseId, offset, leaseSize] = match as unknown as [string, string, string, string, string];
  if (key !== subscriptionKey(subscription)) return { kind: "foreign" };
  return { leaseId, offset: Number(offset), leaseSize: Number(leaseSize) };
}
