import { InvalidRequest } from "./errors.js";
import type { Place } from "./place.js";
import { type Selection, selectionText } from "./reading.js";
import { bytesDigest } from "./hash.js";
import { PARTITIONS_AT_MOST, type TopicRef } from "./topic.js";

/**
 * Where somebody who reads a topic without a subscription goes on: a place in each partition. Nothing of it is stored:
 * its reader keeps it.
 */
export interface Bookmark {
  /** A partition that is not here came into use later, and is read from its beginning. */
  readonly places: ReadonlyMap<number, Place>;
  /** The partition that is looked at first, so that each has its turn. */
  readonly turn: number;
}

const VERSION = 1;
const DIGEST_BYTES = 4;
/** Version, and the digests of the topic and of what is selected. */
const HEAD_BYTES = 1 + 2 * DIGEST_BYTES;

/**
 * A bookmark as text: a byte for the version, digests of the topic and of the selection, then numbers of as many bytes
 * as they need, and a digest of all that. The digests find mistakes, and protect nothing: a reader may read the topic
 * from any place.
 */
export function bookmarkText({ places, turn }: Bookmark, topic: TopicRef, selection: Selection): string {
  const bytes: number[] = [VERSION, ...digest(topic.uid), ...digest(selectionText(selection))];
  push(bytes, turn);
  push(bytes, places.size);
  let before = 0;
  for (const [partition, { head, slotBase }] of [...places].sort(([one], [other]) => one - other)) {
    const isWithin = head !== slotBase;
    push(bytes, 2 * (partition - before) + (isWithin ? 1 : 0));
    push(bytes, head);
    if (isWithin) push(bytes, head - slotBase);
    before = partition;
  }
  return Buffer.from([...bytes, ...digest(Buffer.from(bytes))]).toString("base64url");
}

/** @throws {InvalidRequest} if the text is not a bookmark, or one of another topic or selection */
export function bookmarkIn(text: string, topic: TopicRef, selection: Selection): Bookmark {
  const bytes = Buffer.from(text, "base64url");
  const content = bytes.subarray(0, -DIGEST_BYTES);
  const isWhole =
    bytes.length > HEAD_BYTES + DIGEST_BYTES &&
    bytes.toString("base64url") === text &&
    bytes.subarray(-DIGEST_BYTES).equals(digest(content)) &&
    bytes[0] === VERSION;
  const bookmark = isWhole ? parsed(content.subarray(HEAD_BYTES)) : undefined;
  if (!bookmark) throw refused("is not a cursor from this API: use the nextCursor of the previous page");
  if (!content.subarray(1, 1 + DIGEST_BYTES).equals(digest(topic.uid)))
    throw refused(
      `is a cursor of another topic, or of an earlier topic "${topic.name}", which was deleted: begin anew with "from"`,
    );
  if (!content.subarray(1 + DIGEST_BYTES, HEAD_BYTES).equals(digest(selectionText(selection))))
    throw refused('belongs to a read with another "key" or "businessKey": begin anew with "from"');
  return bookmark;
}

const refused = (detail: string): InvalidRequest => new InvalidRequest([{ path: "cursor", detail }]);

const digest = (content: string | Uint8Array): Buffer => bytesDigest(content).subarray(0, DIGEST_BYTES);

/** Appends a whole number, seven bits a byte, the lowest first. */
function push(bytes: number[], value: number): void {
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
}

/** undefined if these are not the numbers of a bookmark. */
function parsed(bytes: Uint8Array): Bookmark | undefined {
  const numbers = numbersIn(bytes);
  const [turn, count, ...rest] = numbers ?? [];
  if (turn === undefined || count === undefined || count > PARTITIONS_AT_MOST) return undefined;
  const places = new Map<number, Place>();
  let partition = 0;
  let at = 0;
  for (let index = 0; index < count; index++) {
    const step = rest[at++];
    const head = rest[at++];
    if (step === undefined || head === undefined || (index > 0 && step < 2)) return undefined;
    partition += Math.floor(step / 2);
    const within = step % 2 === 1 ? rest[at++] : 0;
    if (within === undefined || within > head || partition >= PARTITIONS_AT_MOST) return undefined;
    places.set(partition, { head, slotBase: head - within });
  }
  return at === rest.length && turn < PARTITIONS_AT_MOST ? { places, turn } : undefined;
}

/** undefined if the last one is not complete, or one is not safe. */
function numbersIn(bytes: Uint8Array): readonly number[] | undefined {
  const numbers: number[] = [];
  let value = 0;
  let factor = 1;
  for (const byte of bytes) {
    value += (byte % 128) * factor;
    if (!Number.isSafeInteger(value)) return undefined;
    factor *= 128;
    if (byte >= 128) continue;
    numbers.push(value);
    value = 0;
    factor = 1;
  }
  return factor === 1 ? numbers : undefined;
}
