import type { Offset } from "./slot.js";
import { type SubscriptionRef, subscriptionKey } from "./subscription.js";

/** The content of a receipt: one message of one lease. */
export interface Receipt {
  readonly leaseId: string;
  readonly offset: Offset;
  /** The number of messages in the lease: to settle all of them at once, the lease need not be read. */
  readonly leaseSize: number;
}

/** A receipt as consumers see it: opaque. It names its subscription, so that no other subscription accepts it. */
export function formatReceipt(
  subscription: SubscriptionRef,
  { leaseId, offset, leaseSize }: Receipt,
): string {
  return Buffer.from(`1|${subscriptionKey(subscription)}|${leaseId}|${offset}|${leaseSize}`).toString(
    "base64url",
  );
}

/** The content of the receipt, or why it is not one of this subscription. */
export function parseReceipt(
  subscription: SubscriptionRef,
  text: string,
): Receipt | { readonly kind: "malformed" } | { readonly kind: "foreign" } {
  const match = /^1\|([\w#-]+)\|(\d{16}-[\w-]{1,200})\|(\d{1,16})\|(\d{1,5})$/.exec(
    Buffer.from(text, "base64url").toString("utf8"),
  );
  if (!match) return { kind: "malformed" };
  const [, key, leaseId, offset, leaseSize] = match as unknown as [string, string, string, string, string];
  if (key !== subscriptionKey(subscription)) return { kind: "foreign" };
  return { leaseId, offset: Number(offset), leaseSize: Number(leaseSize) };
}
