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

type Parsed = Receipt | { readonly kind: "malformed" } | { readonly kind: "foreign" };

const TAIL = String.raw`(\d{1,16})\|(\d{1,5})(?:\|(\d{1,3})\|(\d{1,9})\|(\d{1,16}))?$`;
const RECEIPT = new RegExp(String.raw`^1\|([\w#-]+)\|(\d{16}-[\w-]{1,200})\|${TAIL}`);
const REST = new RegExp(`^${TAIL}`);

/** The content of the receipt, or why it is not one of this subscription. */
export const parseReceipt = (subscription: SubscriptionRef, text: string): Parsed =>
  parsed(subscription, textIn(text));

/**
 * Parses the receipts of one request, as `parseReceipt` does. Those of one lease begin alike, up to the offset: what is
 * known from one of them is not decoded again for the next.
 */
export function receiptParser(subscription: SubscriptionRef): (text: string) => Parsed {
  let known: Beginning | undefined;
  return (text) => {
    const again = known && continued(known, text);
    if (again) return again;
    const plain = textIn(text);
    const receipt = parsed(subscription, plain);
    known = "kind" in receipt ? undefined : beginningOf(text, plain, receipt.leaseId);
    return receipt;
  };
}

function parsed(subscription: SubscriptionRef, plain: string): Parsed {
  const match = RECEIPT.exec(plain);
  if (!match) return { kind: "malformed" };
  const [, key, leaseId = "", ...tail] = match;
  return key === subscriptionKey(subscription) ? receiptOf(leaseId, tail) : { kind: "foreign" };
}

function receiptOf(
  leaseId: string,
  [offset, leaseSize, partition, attempt, atMs]: readonly (string | undefined)[],
): Receipt {
  const receipt = { leaseId, offset: Number(offset), leaseSize: Number(leaseSize) };
  if (partition === undefined) return receipt;
  const handing = { partition: Number(partition), attempt: Number(attempt), atMs: Number(atMs) };
  return { ...receipt, handing };
}

/** What receipts of one lease begin with: encoded, as far as that takes whole groups, and what comes behind. */
interface Beginning {
  readonly encoded: string;
  readonly remainder: string;
  readonly leaseId: string;
}

/** Base64 writes three bytes as four characters. */
const GROUP_BYTES = 3;
const GROUP_CHARACTERS = 4;

/** undefined if it is not written as `formatReceipt` writes it: then its groups may begin elsewhere. */
function beginningOf(text: string, plain: string, leaseId: string): Beginning | undefined {
  if (text.length !== Math.ceil((plain.length * GROUP_CHARACTERS) / GROUP_BYTES)) return undefined;
  const end = plain.indexOf(`|${leaseId}|`) + leaseId.length + 2;
  const groups = Math.floor(end / GROUP_BYTES);
  const encoded = text.slice(0, groups * GROUP_CHARACTERS);
  return { encoded, remainder: plain.slice(groups * GROUP_BYTES, end), leaseId };
}

function continued({ encoded, remainder, leaseId }: Beginning, text: string): Receipt | undefined {
  if (!text.startsWith(encoded)) return undefined;
  const rest = textIn(text.slice(encoded.length));
  const match = rest.startsWith(remainder) ? REST.exec(rest.slice(remainder.length)) : null;
  return match ? receiptOf(leaseId, match.slice(1)) : undefined;
}
