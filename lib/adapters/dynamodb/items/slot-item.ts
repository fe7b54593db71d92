import {
  STANDS_AFTER_EXPIRY_MS,
  type Slot,
  type SlotContent,
  type SlotHeader,
  type Tail,
} from "../../../domain/slot.js";
import { UNPACKED_LIMIT_BYTES } from "../../../domain/compression.js";
import { type PartitionRef, partitionKey } from "../../../domain/topic.js";
import { encodingAttributes, encodingIn } from "./encoding.js";
import { isTooNew, readable } from "./format.js";

/**
 * A slot as an item. Its attribute names are short because each item pays for them. `expiresAt` is the TTL attribute,
 * in seconds.
 */
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
const NO_HEADER = "-";
const HEADER_LEFT_OUT = "+";

export const TAIL_PROJECTION = "#base, f, n, #at, #exp, expiresAt";
export const TAIL_NAMES = { "#base": "base", "#at": "at", "#exp": "exp" };

export function slotItem(partition: PartitionRef, slot: Slot): SlotItem {
  const { content } = slot;
  return {
    pk: partitionKey(partition),
    base: slot.base,
    ...encodingAttributes(slot.encoding),
    n: slot.count,
    w: slot.nonce,
    at: slot.publishedAtMs,
    exp: slot.expiresAtMs,
    expiresAt: Math.ceil(slot.expiresAtMs / 1_000) + STANDS_AFTER_EXPIRY_S,
    u: slot.unpackedBytes,
    sum: slot.checksum,
    ...headerAttributes(slot.header),
    ...(content.kind === "inline" ? { bytes: content.bytes } : { seg: content.key, size: content.sizeBytes }),
  };
}

/** Sluice never writes a larger count. Believing one would use up the partition's offsets. */
const COUNT_LIMIT = 1_000_000;

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const numberOr = (value: unknown, fallback: number): number => (isWhole(value) ? value : fallback);
const textOr = (value: unknown, fallback: string): string => (typeof value === "string" ? value : fallback);

/**
 * A damaged item still holds its place and counts as at least one message. If its expiry is lost it counts as expired:
 * the next append then takes its offset from the clock, which lies behind every slot.
 * @throws {StoredFormatTooNew} for an item in a newer major format, whose count cannot be trusted.
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
 * A damaged item gets bytes that match no checksum: the decoder sets it aside, and the slots behind it are read. If its
 * expiry is lost it never expires, since an expired slot is skipped without a report.
 */
export function slotOf(item: Record<string, unknown>): Slot {
  return {
    ...tailOf(item),
    expiresAtMs: expiryMs(item) ?? Number.MAX_SAFE_INTEGER,
    nonce: textOr(item.w, `damaged-${String(item.pk)}-${String(item.base)}`),
    encoding: encodingIn(item),
    // If it is lost, reserve memory for the largest slot, so that the slot can still be opened.
    unpackedBytes: numberOr(item.u, UNPACKED_LIMIT_BYTES),
    checksum: textOr(item.sum, "damaged"),
    content: contentOf(item),
    header: headerIn(item),
  };
}

/**
 * The slots before the first one that is too new.
 * @throws {StoredFormatTooNew} if the first of all is too new.
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

/** If the header is damaged, the slot has to be opened; its bytes hold the same fields. */
export function headerIn({ h, hs }: Record<string, unknown>): SlotHeader {
  if (h === NO_HEADER) return { kind: "none" };
  if (typeof h === "string" && typeof hs === "string") return { kind: "text", text: h, checksum: hs };
  return { kind: "left-out" };
}
