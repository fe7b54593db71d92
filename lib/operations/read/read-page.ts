import type { Anchor } from "../../domain/anchor.js";
import type { Bookmark } from "../../domain/bookmark.js";
import type { Place } from "../../domain/place.js";
import type { ReadMessage, Selection } from "../../domain/reading.js";
import { type Topic, partitionFor } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { anchorsOf, knownEnd } from "../log/anchors.js";
import { memoryBytesFor, messageBytesIn } from "../memory-budget.js";
import { type ReadAllowance, readPart } from "./read-part.js";

/**
 * What one request looks at at the most, beside one read of each partition: then it answers what it has, and where the
 * next one goes on.
 */
const READS_AT_MOST = 64;
const MESSAGES_AT_MOST = 10_000;
const OBJECTS_AT_MOST = 40;
const OPENED_BYTES = 8 * 1_024 * 1_024;

const BEGINNING: Place = { head: 0, slotBase: 0 };

export interface PageRequest {
  readonly selection: Selection;
  readonly limit: number;
  /** The most bytes of messages, by `sizeOf`; a first message is always read, however large. */
  readonly maxBytes: number;
  readonly sizeOf: (message: ReadMessage) => number;
}

export interface PageRead {
  /** Of each partition in order; of several by the time at which they were published. */
  readonly messages: readonly ReadMessage[];
  readonly bookmark: Bookmark;
  /** Whether nothing was left. */
  readonly isEnd: boolean;
  /** Whether it ended at a limit. */
  readonly isCut: boolean;
  /** Messages that were past their retention before they were read. */
  readonly missed: number;
  /** Why a partition cannot be read now, if one cannot. The others are read. */
  readonly trouble?: unknown;
}

/** The one partition in which all that is selected lies; undefined if it may lie in any. */
export const onlyPartition = (topic: Topic, { key }: Selection): number | undefined =>
  partitionFor(topic, key);

/** Reads a page from a bookmark on, one partition after the other, each in its turn. */
export async function readPage(
  engine: Engine,
  topic: Topic,
  bookmark: Bookmark,
  request: PageRequest,
  isAnew: boolean,
): Promise<PageRead> {
  const openedBytes = Math.min(OPENED_BYTES, messageBytesIn(engine.budget.limitBytes));
  return await engine.budget.receiving(memoryBytesFor(openedBytes), async () => {
    const allowance: ReadAllowance = {
      ...{ reads: READS_AT_MOST, messages: MESSAGES_AT_MOST },
      ...{ objects: OBJECTS_AT_MOST, bytes: openedBytes },
    };
    return await readAll(engine, topic, bookmark, { ...request, allowance, isAnew });
  });
}

async function readAll(
  engine: Engine,
  topic: Topic,
  { places: known, turn }: Bookmark,
  request: PageRequest & { readonly allowance: ReadAllowance; readonly isAnew: boolean },
): Promise<PageRead> {
  const { allowance, selection, sizeOf } = request;
  const partitions = await partitionsFrom(engine, topic, turn, request);
  const places = new Map(known);
  const merged = new Merged();
  let sizeBytes = 0;
  let missed = 0;
  let trouble: unknown;
  const page = (next: number, isCut: boolean): PageRead => ({
    messages: merged.inOrder(),
    bookmark: { places, turn: next },
    isEnd: !isCut && trouble === undefined,
    ...{ isCut, missed },
    ...(trouble === undefined ? {} : { trouble }),
  });
  for (const [index, [partition, anchor]] of partitions.entries()) {
    const place = places.get(partition) ?? BEGINNING;
    if (anchor && isPast(engine, topic, partition, anchor, place)) continue;
    if (allowance.messages <= 0 || merged.size >= request.limit) return page(partition, true);
    const read = await readPart(engine, { topic, partition }, place, {
      ...{ selection, allowance, sizeOf },
      maxMessages: request.limit - merged.size,
      maxBytes: request.maxBytes - sizeBytes,
      isContinued: merged.size > 0,
      isBeginning: place.head === 0 && known.has(partition),
    });
    merged.add(read.messages);
    sizeBytes += read.sizeBytes;
    missed += read.missed;
    places.set(partition, read.next);
    if (read.stop.kind === "trouble") trouble ??= read.stop.error;
    if (read.stop.kind === "limit") return page(partitions[(index + 1) % partitions.length]?.[0] ?? 0, true);
  }
  return page(turn, false);
}

/** Messages of several partitions by the time at which they were published, and those of each in order. */
class Merged {
  readonly #messages: { readonly message: ReadMessage; readonly atMs: number }[] = [];

  get size(): number {
    return this.#messages.length;
  }

  /** Of one partition. The time of a damaged slot may lie before those in front of it. */
  add(messages: readonly ReadMessage[]): void {
    let atMs = 0;
    for (const message of messages) {
      atMs = Math.max(atMs, message.publishedAtMs);
      this.#messages.push({ message, atMs });
    }
  }

  inOrder(): readonly ReadMessage[] {
    return [...this.#messages].sort((one, other) => one.atMs - other.atMs).map(({ message }) => message);
  }
}

/** The partitions to look at from `turn` on, with their anchors if those were asked for. */
async function partitionsFrom(
  engine: Engine,
  topic: Topic,
  turn: number,
  { selection, isAnew }: Pick<PageRequest, "selection"> & { readonly isAnew: boolean },
): Promise<readonly (readonly [partition: number, anchor: Anchor | undefined])[]> {
  const only = onlyPartition(topic, selection);
  if (only !== undefined) return [[only, undefined]];
  const anchors = [...(await anchorsOf(engine, topic, { isAnew }))].sort(([one], [other]) => one - other);
  return [
    ...anchors.filter(([partition]) => partition >= turn),
    ...anchors.filter(([partition]) => partition < turn),
  ];
}

/** Whether its anchor is enough to know that nothing lies behind a place. */
function isPast(engine: Engine, topic: Topic, partition: number, anchor: Anchor, { head }: Place): boolean {
  const end = knownEnd(engine, topic, partition, anchor);
  return end !== undefined && end <= head;
}

/** Whether the anchors that were read last are enough to know that nothing lies behind a bookmark. */
export function isKnownToBePast(engine: Engine, topic: Topic, { places }: Bookmark): boolean {
  const anchors = engine.caches.anchors.get(topic.uid)?.value;
  if (!anchors) return false;
  return [...anchors].every(([partition, anchor]) =>
    isPast(engine, topic, partition, anchor, places.get(partition) ?? BEGINNING),
  );
}
