import { type MessageQuery, isAskedFor } from "./message-query.js";
import type { Failure } from "./progress/failures.js";
import type { Offset, Slot } from "./slot.js";

/** The message as it was published, so that a dead letter outlives its topic's log: the bytes of a slot of one. */
export type MessageCopy = Pick<Slot, "encoding" | "unpackedBytes" | "checksum" | "content">;

/** What is known of a dead letter without its content. Times are epoch milliseconds. */
export interface DeadLetterEntry {
  /** The message's id. A message is in the dead letters once; a later failure of it replaces the dead letter. */
  readonly id: string;
  /** Tells it from an earlier or later dead letter of the same message. */
  readonly nonce: string;
  /** Where the message lies in the log, as long as it is there. */
  readonly partition: number;
  readonly offset: Offset;
  readonly slotBase: Offset;
  /** The subscription's, when the message failed. */
  readonly epoch: number;
  readonly contentType: string;
  readonly bodyBytes: number;
  readonly key?: string;
  readonly tag?: string;
  readonly businessKey?: string;
  readonly publishedAtMs: number;
  /** The message's own expiry, set by its publisher. */
  readonly messageExpiresAtMs?: number;
  /** How often it was handed out. */
  readonly attempt: number;
  readonly firstReceivedAtMs?: number;
  /** Why it failed last, in its consumer's words. */
  readonly lastError?: string;
  /** Its copy is not what the log holds: it was mended as it was sent again, and failed again. */
  readonly isMended?: true;
  /** Its consumer rejected it; otherwise it has failed as often as it may. */
  readonly isRejected?: true;
  readonly deadLetteredAtMs: number;
  readonly expiresAtMs: number;
}

export type DeadLetterReason = "max-attempts" | "rejected";

export const reasonOf = ({ isRejected }: Pick<DeadLetterEntry, "isRejected">): DeadLetterReason =>
  isRejected ? "rejected" : "max-attempts";

/** A message of one subscription that has no attempt left, or was rejected. */
export interface DeadLetter extends DeadLetterEntry {
  readonly copy: MessageCopy;
  /** Its attempts that failed, in their order: the last ones. */
  readonly failures?: readonly Failure[];
}

/** What replaces a message's content in the log for one subscription, for as long as the log holds the message. */
export interface MendedCopy {
  /** `mendedName`: a message may be mended several times. */
  readonly name: string;
  readonly copy: MessageCopy;
  readonly expiresAtMs: number;
}

type InLog = Pick<DeadLetterEntry, "partition" | "offset">;

/** Begins the names of all that a message was mended to. */
export const mendedPrefix = ({ partition, offset }: InLog): string => `${partition}-${offset}-`;

export const mendedName = (place: InLog, nonce: string): string => `${mendedPrefix(place)}${nonce}`;

/** A dead letter to be stored, and the earlier one of the same message that it replaces. */
export interface NewDeadLetter {
  readonly letter: DeadLetter;
  readonly replaces?: DeadLetterEntry;
}

const digits = (value: number, count: number): string => String(value).padStart(count, "0");

/** Its place in the list: by the time that it was dead-lettered, then in the order of the log. */
export const deadLetterKey = ({ deadLetteredAtMs, partition, offset, nonce }: DeadLetterEntry): string =>
  [digits(deadLetteredAtMs, 16), digits(partition, 3), digits(offset, 16), nonce].join("-");

/** The entry without the content and what only a look at this one shows. */
export function entryOf({ copy: _, failures: __, ...entry }: DeadLetter): DeadLetterEntry {
  return entry;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Up to here dead letters expire at the end of an hour, above it at the end of a day. */
const HOURLY_UP_TO_MS = 2 * DAY_MS;

/**
 * When a dead letter expires: its retention, rounded up to the end of an hour or of a day (UTC). All that expire
 * together are counted together, so their count expires with them.
 */
export function deadLetterExpiryMs(nowMs: number, retentionMs: number): number {
  const stepMs = retentionMs <= HOURLY_UP_TO_MS ? HOUR_MS : DAY_MS;
  return Math.ceil((nowMs + retentionMs) / stepMs) * stepMs;
}

/** How a move changes the counts of dead letters, by the time at which they expire. Changes of 0 are left out. */
export function countChanges({
  deadLetters = [],
  endedDeadLetters = [],
}: {
  readonly deadLetters?: readonly NewDeadLetter[];
  readonly endedDeadLetters?: readonly DeadLetterEntry[];
}): ReadonlyMap<number, number> {
  const changes = new Map<number, number>();
  const add = (expiresAtMs: number, by: number): void =>
    void changes.set(expiresAtMs, (changes.get(expiresAtMs) ?? 0) + by);
  for (const { letter, replaces } of deadLetters) {
    add(letter.expiresAtMs, 1);
    if (replaces) add(replaces.expiresAtMs, -1);
  }
  for (const { expiresAtMs } of endedDeadLetters) add(expiresAtMs, -1);
  return new Map([...changes].filter(([, by]) => by !== 0));
}

/**
 * So many messages at the most become dead letters, or are none any more, in one move: each is two items, beside
 * records and a count for each time of expiry.
 */
export const LETTERS_IN_A_MOVE = 20;

/**
 * So many at the most are sent again in one move. Each is two items less and a retry more, with a hint to it, and may
 * have a count, a content and an act of its own.
 */
export const REDRIVEN_IN_A_MOVE = 12;

/** How a dead letter was ended by somebody. */
export type LetterEnd = "redriven" | "mended" | "deleted" | "purged" | "erased";

/** What somebody does that ends dead letters. */
export interface LetterAct {
  readonly kind: LetterEnd;
  readonly atMs: number;
  /** Who did it, as far as that is known. */
  readonly by?: string;
  /** The redrive job that it was a step of. */
  readonly job?: string;
}

/** The act that ended one dead letter. It is kept as long as the dead letter would have been. */
export interface KeptAct extends LetterAct {
  readonly expiresAtMs: number;
  /** The dead letter's. */
  readonly nonce: string;
}

/** The act's place among those of its message: by time. */
export const actKey = ({ id, nonce }: DeadLetterEntry, { atMs }: LetterAct): string =>
  [id, `${digits(atMs, 16)}-${nonce}`].join("#");

/** The dead letter's nonce in an act's key. */
export const nonceInActKey = (key: string): string => /#\d{16}-([^#]*)$/.exec(key)?.[1] ?? "";

/** Begins the keys of all acts of a message. */
export const actPrefix = (id: string): string => `${id}#`;

/** So many acts of one message are told of, the first ones. */
export const ACTS_TOLD = 100;

/** Which dead letters a list shows: those alive at `nowMs`, and of them those that are asked for. */
export interface DeadLetterQuery extends MessageQuery {
  readonly nowMs: number;
}

export const isListed = (entry: DeadLetterEntry, { nowMs, ...query }: DeadLetterQuery): boolean =>
  entry.expiresAtMs > nowMs && isAskedFor(entry, query);
