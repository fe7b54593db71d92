import type {
  DeadLetter,
  DeadLetterEntry,
  KeptAct,
  LetterAct,
  MendedCopy,
  MessageCopy,
} from "../../../domain/dead-letter.js";
import { actKey, actPrefix, deadLetterKey, entryOf, nonceInActKey } from "../../../domain/dead-letter.js";
import { errorsIn, failuresText, withFailuresOf } from "./failure-numbers.js";
import { encodingAttributes, encodingIn } from "./encoding.js";
import {
  FORMAT,
  IS_READABLE,
  IS_READABLE_VALUES,
  KEEP_FORMAT,
  KEEP_FORMAT_VALUES,
  readable,
} from "./format.js";

/** A dead letter with its message, by the message's id. */
const LETTER_PREFIX = "letter#";
/** The same without its content, by time: a list reads these alone. */
export const LISTED_PREFIX = "letter-at#";
/** How many expire at a time. */
const COUNT_PREFIX = "letter-count#";
/** What replaces the content of a mended message. */
const MENDED_PREFIX = "mended#";
/** How a dead letter was ended, by its message's id and the time. */
const ACT_PREFIX = "letter-act#";
const TIME_DIGITS = 16;
/** Sorts after every digit. */
const LAST = "~";

export const letterSortKey = (id: string): string => `${LETTER_PREFIX}${id}`;
export const listedSortKey = (entry: DeadLetterEntry): string => `${LISTED_PREFIX}${deadLetterKey(entry)}`;

export const mendedSortKey = (name: string): string => `${MENDED_PREFIX}${name}`;
export const mendedNameIn = ({ sk }: Record<string, unknown>): string =>
  String(sk).slice(MENDED_PREFIX.length);

const timePart = (timeMs: number): string => String(timeMs).padStart(TIME_DIGITS, "0");

/** The keys of the counts of what expires after `nowMs`. */
export const countsAfter = (nowMs: number) => ({
  from: `${COUNT_PREFIX}${timePart(nowMs + 1)}`,
  until: `${COUNT_PREFIX}${LAST}`,
});

const expiryAttributes = (expiresAtMs: number) => ({
  exp: expiresAtMs,
  expiresAt: Math.ceil(expiresAtMs / 1_000),
});

/** `expiresAt` is the TTL attribute, in seconds; `exp` the exact time. */
export function letterItem(pk: string, letter: DeadLetter) {
  const { copy, failures } = letter;
  const entry = entryOf(letter);
  const past = failures === undefined ? {} : { failures };
  const errors = errorsIn([past]);
  const text = failuresText([past], errors);
  return {
    pk,
    sk: letterSortKey(entry.id),
    v: entry.nonce,
    l: entry,
    ...(text === undefined ? {} : { fl: text, er: errors }),
    ...copyAttributes(copy),
    ...expiryAttributes(entry.expiresAtMs),
  };
}

export const listedItem = (pk: string, entry: DeadLetterEntry) => ({
  pk,
  sk: listedSortKey(entry),
  f: FORMAT,
  l: entry,
  ...expiryAttributes(entry.expiresAtMs),
});

export const actsPrefix = (id: string): string => `${ACT_PREFIX}${actPrefix(id)}`;

export const actItem = (pk: string, entry: DeadLetterEntry, act: LetterAct) => ({
  pk,
  sk: `${ACT_PREFIX}${actKey(entry, act)}`,
  f: FORMAT,
  act,
  ...expiryAttributes(entry.expiresAtMs),
});

/** undefined for a damaged item. @throws {StoredFormatTooNew} */
export function actOf(item: Record<string, unknown>): KeptAct | undefined {
  const { act, exp, sk } = readable(item);
  if (typeof act !== "object" || act === null || typeof exp !== "number") return undefined;
  return { ...(act as LetterAct), expiresAtMs: exp, nonce: nonceInActKey(String(sk)) };
}

export const mendedItem = (pk: string, { name, copy, expiresAtMs }: MendedCopy) => ({
  pk,
  sk: mendedSortKey(name),
  ...copyAttributes(copy),
  ...expiryAttributes(expiresAtMs),
});

export function copyAttributes({ encoding, unpackedBytes, checksum, content }: MessageCopy) {
  return {
    ...encodingAttributes(encoding),
    u: unpackedBytes,
    sum: checksum,
    ...(content.kind === "inline" ? { bytes: content.bytes } : { seg: content.key, size: content.sizeBytes }),
  };
}

/** Adds to the count of what expires at that time. The first update creates the item. */
export const addToCount = (TableName: string, pk: string, expiresAtMs: number, by: number) => ({
  TableName,
  Key: { pk, sk: `${COUNT_PREFIX}${timePart(expiresAtMs)}` },
  UpdateExpression: `SET ${KEEP_FORMAT}, expiresAt = :at ADD n :n`,
  ConditionExpression: IS_READABLE,
  ExpressionAttributeValues: {
    ":n": by,
    ":at": expiryAttributes(expiresAtMs).expiresAt,
    ...KEEP_FORMAT_VALUES,
    ...IS_READABLE_VALUES,
  },
});

/** @throws {StoredFormatTooNew} */
export function countOf(item: Record<string, unknown>): number {
  const { n } = readable(item);
  return typeof n === "number" && Number.isFinite(n) ? n : 0;
}

const NUMBERS = ["partition", "offset", "slotBase", "epoch", "publishedAtMs", "attempt", "deadLetteredAtMs"];

/** undefined for a damaged item. @throws {StoredFormatTooNew} */
export function entryOfItem(item: Record<string, unknown>): DeadLetterEntry | undefined {
  const { l, exp } = readable(item);
  if (typeof l !== "object" || l === null || typeof exp !== "number") return undefined;
  const entry = l as Record<string, unknown>;
  const isWhole =
    typeof entry["id"] === "string" &&
    typeof entry["nonce"] === "string" &&
    NUMBERS.every((name) => Number.isFinite(entry[name]));
  return isWhole ? ({ ...entry, expiresAtMs: exp } as unknown as DeadLetterEntry) : undefined;
}

/** undefined for a damaged item. Damaged bytes are seen by their checksum. @throws {StoredFormatTooNew} */
export function letterOf(item: Record<string, unknown>): DeadLetter | undefined {
  const entry = entryOfItem(item);
  const copy = entry && copyOfItem(item);
  if (!copy) return undefined;
  const { fl, er } = item;
  const [past] = withFailuresOf([{}], fl, Array.isArray(er) ? er.map(String) : []);
  return { ...entry, copy, ...past };
}

/** undefined for a damaged item. @throws {StoredFormatTooNew} */
export function copyOfItem(item: Record<string, unknown>): MessageCopy | undefined {
  const { u, sum, bytes, seg, size } = readable(item);
  if (typeof u !== "number" || typeof sum !== "string") return undefined;
  const content =
    typeof seg === "string"
      ? ({ kind: "segment", key: seg, sizeBytes: Number(size) } as const)
      : ({ kind: "inline", bytes: bytes instanceof Uint8Array ? bytes : new Uint8Array() } as const);
  return { encoding: encodingIn(item), unpackedBytes: u, checksum: sum, content };
}
