import type { Anchor } from "../../domain/anchor.js";
import { isCold } from "../../domain/anchor.js";
import { type Offset, STANDS_AFTER_EXPIRY_MS, type Tail, nextOffset } from "../../domain/slot.js";
import { type Topic, partitionKey } from "../../domain/topic.js";
import type { Engine, Settings } from "../engine.js";
import { isTrouble } from "./troubles.js";

const ANCHORS_CACHE_MS = 1_000;

/** How new the anchors have to be. Default: a second old at the most. */
export interface HowNew {
  /** Read now, so that one that came into use a moment ago is among them. */
  readonly isAnew?: boolean;
  /** Read now, and strongly consistent. */
  readonly isExact?: boolean;
}

/** The anchors of the partitions in use. */
export async function anchorsOf(
  { log, caches, clock, settings }: Engine,
  topic: Topic,
  { isAnew = false, isExact = false }: HowNew = {},
): Promise<ReadonlyMap<number, Anchor>> {
  const nowMs = clock.nowMs();
  const known = caches.anchors.get(topic.uid);
  const isFresh = known && nowMs - known.atMs < ANCHORS_CACHE_MS && nowMs >= known.atMs;
  if (isFresh && !isAnew && !isExact) return known.value;
  const stored = await log.anchors(topic, { consistent: isExact });
  const value = new Map(
    [...stored].map(([partition, anchor]) => [partition, sinceRestore(anchor, settings)]),
  );
  caches.anchors.set(topic.uid, { value, atMs: nowMs });
  return value;
}

/** The anchors may have been restored to another instant than the log: then the tail that they tell is not its tail. */
const sinceRestore = (anchor: Anchor, { restoredAtMs }: Settings): Anchor =>
  anchor.version < restoredAtMs ? { version: anchor.version } : anchor;

/**
 * The end of a partition, if its anchor is enough to know it: its tail was seen cold, and nothing has come since. 0 if
 * nothing is stored any more.
 */
export function knownEnd(
  { caches, clock }: Engine,
  topic: Topic,
  partition: number,
  anchor: Anchor,
): Offset | undefined {
  const nowMs = clock.nowMs();
  if (anchor.tail) return endOf(anchor.tail, nowMs);
  const known = caches.coldTails.get(partitionKey({ topic, partition }));
  return known?.version === anchor.version ? endOf(known.tail, nowMs) : undefined;
}

function endOf(tail: Tail | undefined, nowMs: number): Offset {
  const isGone = tail === undefined || tail.expiresAtMs + STANDS_AFTER_EXPIRY_MS <= nowMs;
  return isGone ? 0 : nextOffset(tail);
}

/** Where a partition ends. */
export interface End {
  readonly offset: Offset;
  readonly isCold: boolean;
  readonly anchor: Anchor;
  /** Where it was read just now. */
  readonly tail?: Tail;
}

/**
 * Where the partitions end: cold ones by their anchors alone, the others by their tails. Strongly consistent.
 * `onTrouble`: told of a tail that cannot be read, whose partition then counts as one that may have something. @default
 * it throws
 */
export async function endsOf(
  engine: Engine,
  topic: Topic,
  onTrouble?: (error: unknown) => void,
): Promise<ReadonlyMap<number, End>> {
  // Before the tails: an append after an old tail was read raises the version that was read here.
  const anchors = await anchorsOf(engine, topic, { isExact: true });
  return new Map(
    await Promise.all(
      [...anchors].map(
        async ([partition, anchor]) =>
          [
            partition,
            await endIn(engine, topic, partition, anchor).catch(otherwise(anchor, onTrouble)),
          ] as const,
      ),
    ),
  );
}

const otherwise =
  (anchor: Anchor, onTrouble: ((error: unknown) => void) | undefined) =>
  (error: unknown): End => {
    if (!onTrouble || !isTrouble(error)) throw error;
    onTrouble(error);
    return { offset: 0, isCold: false, anchor };
  };

async function endIn(engine: Engine, topic: Topic, partition: number, anchor: Anchor): Promise<End> {
  const { log, caches, clock } = engine;
  const known = knownEnd(engine, topic, partition, anchor);
  if (known !== undefined) return { offset: known, isCold: true, anchor };
  const tail = await log.tail({ topic, partition });
  const cold = isCold(tail, clock.nowMs());
  if (cold) caches.coldTails.set(partitionKey({ topic, partition }), { version: anchor.version, tail });
  return { offset: endOf(tail, clock.nowMs()), isCold: cold, anchor, ...(tail ? { tail } : {}) };
}
