import type { Offset } from "./slot.js";
import { type SubscriptionRef, subscriptionKey } from "./subscription.js";

/** The content of a receipt: one message of one lease. */
export interface Receipt {
  readonly leaseId: string;
  readonly offset: Offset;
  /** The number of messages in the lease: to settle all of them at once, the lease need not be read. */
  readonly leaseSize: number;
  /** Of a topic that is traced: what the journal is told once the message is settled. */
  readonly handing?: Handing;
}

/** How a message was handed out. */
export interface Handing {
  readonly partition: number;
  readonly attempt: number;
  readonly atMs: number;
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

/** A receipt that also says how its message was handed out. */
export const withHanding = (receipt: string, { partition, attempt, atMs }: Handing): string =>
  Buffer.from(`${textIn(receipt)}|${partition}|${attempt}|${atMs}`).toString("base64url");

const textIn = (receipt: string): string => Buffer.from(receipt, "base64url").toString("utf8");

/** The content of the receipt, or why it is not one of this subscription. */
export function parseReceipt(
  subscription: SubscriptionRef,
  text: string,
): Receipt | { readonly kind: "malformed" } | { readonly kind: "foreign" } {
  const match = RECEIPT.exec(textIn(text));
  if (!match) return { kind: "malformed" };
  const [, key, leaseId = "", offset, leaseSize, partition, attempt, atMs] = match;
  if (key !== subscriptionKey(subscription)) return { kind: "foreign" };
  const receipt = { leaseId, offset: Number(offset), leaseSize: Number(leaseSize) };
  if (partition === undefined) return receipt;
  const handing = { partition: Number(partition), attempt: Number(attempt), atMs: Number(atMs) };
  return { ...receipt, handing };
}

const RECEIPT =
  /^1\|([\w#-]+)\|(\d{16}-[\w-]{1,200})\|(\d{1,16})\|(\d{1,5})(?:\|(\d{1,3})\|(\d{1,9})\|(\d{1,16}))?$/;
