import {
  STANDS_AFTER_EXPIRY_MS,
  type Slot,
  type SlotContent,
  type SlotHeader,
  type Tail,
} from "../../../domain/slot.js";
import { UNPACKED_LIMIT_BYTES } from "../../../domain/slot-codec.js";
import { type PartitionRef, partitionKey } from "../../../domain/topic.js";
import { FORMAT, isTooNew, readable } from "./format.js";

/** A slot as an item. Short names: they are paid for with every item. `expiresAt` is the TTL attribute, in seconds. */
export interface SlotItem {
  readonly pk: string;
  readonly base: number;
  readonly f: number;
  readonly n: number;
  readonly w: string;
  readonly at: number;
  readonly exp: number;
  readonly expiresAt: number;
  readonly enc: string;
  readonly u: number;
  readonly sum: string;
  readonly h: string;
  readonly hs?: string;
  readonly bytes?: Uint8Array;
  readonly seg?: string;
  readonly size?: number;
}

const STANDS_AFTER_EXPIRY_S = STANDS_AFTER_EXPIRY_MS / 1_000;
const DEFLATED = "d";
const PLAIN = "m";
const NO_HEADER = "-";
const HEADER_LEFT_OUT = "+";

export const TAIL_PROJECTION = "#base, f, n, #at, #exp, expiresAt";
export const TAIL_NAMES = { "#base": "base", "#at": "at", "#exp": "exp" };

export function slotItem(partition: PartitionRef, slot: Slot): SlotItem {
  const { content } = slot;
  return {
    pk: partitionKey(partition),
    base: slot.base,
    f: FORMAT,
    n: slot.count,
    w: slot.nonce,
    at: slot.publishedAtMs,
    exp: slot.expiresAtMs,
    expiresAt: Math.ceil(slot.expiresAtMs / 1_000) + STANDS_AFTER_EXPIRY_S,
    enc: slot.encoding === "msgpack+deflate" ? DEFLATED : PLAIN,
    u: slot.unpackedBytes,
    sum: slot.checksum,
    ...headerAttributes(slot.header),
    ...(content.kind === "inline" ? { bytes: content.bytes } : { seg: content.key, size: content.sizeBytes }),
  };
}

/** A count beyond this was never written by us: believing it would use up the offsets. */
const COUNT_LIMIT = 1_000_000;

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const numberOr = (value: unknown, fallback: number): number => (isWhole(value) ? value : fallback);
const textOr = (value: unknown, fallback: string): string => (typeof value === "string" ? value : fallback);

/**
 * @throws {StoredFormatTooNew}: its bytes are not damaged, and its offsets are taken.
 * An item that somebody damaged still has its place, and counts as one message at least. Where its expiry is lost it
 * passes for expired: an append then starts at the clock, which is right behind any slot.
 */
export function tailOf(item: Record<string, unknown>): Tail {
  readable(item);
  const count = numberOr(item.n, 1);
  return {
    base: numberOr(item.base, 0),
    count: count >= 1 && count <= COUNT_LIMIT ? count : 1,
    publishedAtMs: numberOr(item.at, 0),
    expiresAtMs: expiryMs(item) ?? 0,
  };
}

const expiryMs = ({ exp, expiresAt }: Record<string, unknown>): number | undefined => {
  if (isWhole(exp)) return exp;
  return isWhole(expiresAt) ? Math.max(0, expiresAt - STANDS_AFTER_EXPIRY_S) * 1_000 : undefined;
};

/**
 * What is damaged gets bytes that no checksum fits: the decoder sets it aside, and its neighbours go on. Where its
 * expiry is lost it does not pass for expired, since then nobody would ever hear of it.
 */
export function slotOf(item: Record<string, unknown>): Slot {
  return {
    ...tailOf(item),
    expiresAtMs: expiryMs(item) ?? Number.MAX_SAFE_INTEGER,
    nonce: textOr(item.w, `damaged-${String(item.pk)}-${String(item.base)}`),
    encoding: item.enc === DEFLATED ? "msgpack+deflate" : "msgpack",
    // Where it is lost, room is made for the largest: then what it holds can still be read.
    unpackedBytes: numberOr(item.u, UNPACKED_LIMIT_BYTES),
    checksum: textOr(item.sum, "damaged"),
    content: contentOf(item),
    header: headerIn(item),
  };
}

/**
 * The slots in front of the first that is too new: what a reader has no other reason to wait with.
 * @throws {StoredFormatTooNew} where that is the first of all.
 */
export function slotsOf(items: readonly Record<string, unknown>[]): readonly Slot[] {
  const end = items.findIndex(isTooNew);
  return items.slice(0, end < 0 ? items.length : Math.max(1, end)).map(slotOf);
}

function contentOf({ bytes, seg, size }: Record<string, unknown>): SlotContent {
  if (typeof seg === "string") return { kind: "segment", key: seg, sizeBytes: numberOr(size, 0) };
  return { kind: "inline", bytes: bytes instanceof Uint8Array ? bytes : new Uint8Array() };
}

function headerAttributes(header: SlotHeader): Pick<SlotItem, "h" | "hs"> {
  if (header.kind === "text") return { h: header.text, hs: header.checksum };
  return { h: header.kind === "none" ? NO_HEADER : HEADER_LEFT_OUT };
}

/** Where it is lost, the slot has to be opened: its bytes say the same. */
function headerIn({ h, hs }: Record<string, unknown>): SlotHeader {
  if (h === NO_HEADER) return { kind: "none" };
  if (typeof h === "string" && typeof hs === "string") return { kind: "text", text: h, checksum: hs };
  return { kind: "left-out" };
}
