import type { Tail } from "../../domain/slot.js";
import { type Spread, afterLooking, mayLook, stayed } from "../../domain/spread.js";
import { type Topic, partitionKey } from "../../domain/topic.js";
import type { Engine } from "../engine.js";

/** The partitions that a writer looks at before it moves. */
const LOOKS = 4;

/**
 * A writer that picks from all partitions and loses a race moves only if it sees one that nobody uses. Otherwise it
 * would drive somebody out there, who would do the same to the next. If there are more writers than partitions, that
 * would never end: each of them stays, and shares its partition.
 */
export async function lookedAround(engine: Engine, topic: Topic, spread: Spread): Promise<Spread> {
  const { clock } = engine;
  if (!mayLook(spread, clock.nowMs())) return stayed(spread, clock.nowMs());
  const others = someOthers(engine, topic.partitions, spread.partition);
  const tails = await Promise.all(others.map((partition) => tailAt(engine, topic, partition)));
  return afterLooking(spread, tails, clock.nowMs());
}

function someOthers({ random }: Engine, partitions: number, own: number): readonly number[] {
  const picked = new Set<number>();
  for (let look = 0; look < LOOKS; look++) picked.add(random.below(partitions));
  picked.delete(own);
  return [...picked];
}

/** A tail that cannot be read is nowhere to go to. The append that follows needs no other read of it. */
async function tailAt(
  { log, caches, clock }: Engine,
  topic: Topic,
  partition: number,
): Promise<{ readonly partition: number; readonly atMs: number }> {
  const ref = { topic, partition };
  const tail: Tail | "unknown" | undefined = await log.tail(ref).catch(() => "unknown" as const);
  if (tail === "unknown") return { partition, atMs: Infinity };
  if (tail) caches.tails.set(partitionKey(ref), { value: tail, atMs: clock.nowMs() });
  return { partition, atMs: tail?.publishedAtMs ?? 0 };
}
