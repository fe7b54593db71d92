import type { Anchor } from "../../domain/anchor.js";
import { isVoid } from "../../domain/progress/records.js";
import type { Engine } from "../engine.js";
import { handOut } from "./lease.js";
import type { ConsumerMemory } from "../caches.js";
import type { Company } from "./company.js";
import { cursorIn } from "./known-cursors.js";
import { readFrom } from "./left-out.js";
import type { Reader } from "../../domain/reader.js";
import { anchorsOf, knownEnd } from "../log/anchors.js";
import type { Topic } from "../../domain/topic.js";
import { endTrouble, isResting, isTrouble, noteTrouble } from "../log/troubles.js";
import type { Take, Taken, TakenAhead, TakenParts, Takes } from "./take.js";
import { takeFrom } from "./take-from.js";
import { takeKeysFrom } from "./take-keys-from.js";

/**
 * After this many consecutive takes from one partition the others get their turn, so that none starves beside a busy
 * one.
 */
const STAY_LIMIT = 50;

/** Hands out the next messages of a partition that has some: moves the head and puts the leases in one transaction. */
export async function takeNext(
  engine: Engine,
  reader: Reader,
  memory: ConsumerMemory,
  take: Take,
): Promise<Taken> {
  const taken = await takePartsOf(engine, reader, memory, [take]);
  if (taken.kind !== "taken") return taken;
  const { parts } = taken;
  const handed = parts.flatMap(({ lease, placed }) => handOut(reader.subscription, lease, placed));
  return { kind: "taken", leases: parts.map(({ lease }) => lease), handed };
}

/** The same, for a consumer that hands the messages out itself. */
export async function takeAheadOf(
  engine: Engine,
  reader: Reader,
  memory: ConsumerMemory,
  take: Take,
): Promise<TakenAhead> {
  const taken = await takePartsOf(engine, reader, memory, [take]);
  if (taken.kind !== "taken") return taken;
  const [part] = taken.parts;
  return part ? { ...part, kind: "taken", isFull: taken.isFull } : { kind: "empty" };
}

/** The same for several requests, all of which it answers from one partition: the first ones, if there are too few. */
export async function takePartsOf(
  engine: Engine,
  { topic, subscription }: Reader,
  memory: ConsumerMemory,
  takes: Takes,
  company?: Company,
): Promise<TakenParts> {
  const tried = new Set<number>();
  const takeOf = topic.ordering === "key" ? takeKeysFrom : takeFrom;
  let lost = false;
  let trouble: unknown;
  const moveOn = memory.stayed >= STAY_LIMIT;
  if (moveOn) memory.stayed = 0;
  const known = engine.caches.anchors.get(topic.uid)?.value;
  for (const isAnew of [false, true]) {
    const anchors = await anchorsOf(engine, topic, { isAnew });
    const inUse = [...anchors.keys()];
    for (const partition of restingLast(engine, topic, inOrderOfHope(engine, memory, inUse, moveOn))) {
      if (tried.has(partition)) continue;
      // A message after a known end raises the anchor's version: then the partition is read again.
      if (isAtEnd(engine, { topic, subscription }, memory, partition, anchors.get(partition))) continue;
      tried.add(partition);
      try {
        const taken = await takeOf(engine, { topic, subscription }, memory, partition, takes, company);
        endTrouble(engine, troubleOf(topic, partition));
        if (taken.kind === "taken") return taken;
        lost ||= taken.kind === "lost";
      } catch (error) {
        if (!isTrouble(error)) throw error;
        trouble ??= error;
        noteTrouble(engine, troubleOf(topic, partition), error);
        memory.cursors.delete(partition);
      }
    }
    // Anchors that were read just now need not be read again.
    if (lost || anchors !== known) break;
  }
  if (trouble instanceof Error && !lost) throw trouble;
  return lost ? { kind: "lost" } : { kind: "empty" };
}

/**
 * Stays in the partition where it last found something, unless it is to move on. After a lost race it starts at a
 * random one.
 */
function inOrderOfHope(
  { random }: Engine,
  reader: ConsumerMemory,
  inUse: readonly number[],
  moveOn: boolean,
): readonly number[] {
  if (inUse.length === 0) return [];
  const stay = inUse.indexOf(reader.partition);
  const start = reader.losses > 0 || stay < 0 ? random.below(inUse.length) : stay + (moveOn ? 1 : 0);
  return [...inUse.slice(start), ...inUse.slice(0, start)];
}

/** Whether the anchors that were read last are enough to know that nothing is ahead. */
export function isKnownToBeAtEnd(
  engine: Engine,
  { topic, subscription }: Reader,
  memory: ConsumerMemory,
): boolean {
  const anchors = engine.caches.anchors.get(topic.uid)?.value;
  if (!anchors) return false;
  return [...anchors].every(([partition, anchor]) =>
    isAtEnd(engine, { topic, subscription }, memory, partition, anchor),
  );
}

/** The same for one partition. */
function isAtEnd(
  engine: Engine,
  { topic, subscription }: Reader,
  { cursors }: ConsumerMemory,
  partition: number,
  anchor: Anchor | undefined,
): boolean {
  const end = anchor && knownEnd(engine, topic, partition, anchor);
  const cursor = cursors.get(partition) ?? cursorIn(subscription, partition, undefined);
  if (end === undefined || isVoid(cursor, subscription)) return false;
  return readFrom(engine, subscription, partition, cursor).head >= end;
}

const troubleOf = ({ uid }: Topic, partition: number): string => `partition ${uid} ${partition}`;

/** Puts partitions that failed a moment ago last. */
function restingLast(engine: Engine, topic: Topic, partitions: readonly number[]): readonly number[] {
  const rests = (partition: number): boolean => isResting(engine, troubleOf(topic, partition));
  return [
    ...partitions.filter((partition) => !rests(partition)),
    ...partitions.filter((partition) => rests(partition)),
  ];
}
