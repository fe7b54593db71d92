import { voidInner } from "../../domain/progress/inner.js";
import type { Cursor } from "../../domain/progress/records.js";
import type { Reader } from "../../domain/reader.js";
import type { Place } from "../../domain/place.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import { filterInForce } from "../filter-in-force.js";
import { liveSlots } from "../log/live-slots.js";
import { anchorsOf } from "../log/anchors.js";
import { tellExpired } from "../log/tell-expired.js";
import { cursorIn } from "./known-cursors.js";

/**
 * One look asks for this many slots, counting one message in each. If all of them have expired, a search finds the
 * first one that has not.
 */
const LOOK_MESSAGES = 100;

/**
 * Moves a subscription's heads past expired messages and counts them, for subscriptions that nobody consumes. If a
 * consumer moves the head at the same time, the consumer's move counts. Returns how many messages it passed.
 */
export async function passExpired(engine: Engine, reader: Reader, partition?: number): Promise<number> {
  const partitions =
    partition === undefined ? [...(await anchorsOf(engine, reader.topic)).keys()] : [partition];
  let passed = 0;
  for (const one of partitions) passed += await passIn(engine, reader, one);
  return passed;
}

async function passIn(engine: Engine, reader: Reader, partition: number): Promise<number> {
  const { topic, subscription } = reader;
  const stored = await engine.progress.cursor(subscription, partition);
  const cursor = cursorIn(subscription, partition, stored);
  const filter = (await filterInForce(engine, subscription))?.filter;
  const look = { lookMessages: LOOK_MESSAGES, slotCount: 1, ...(filter ? { filter } : {}) };
  const { place, expired } = await liveSlots(engine, { topic, partition }, cursor, look);
  if (expired === 0) return 0;
  const outcome = await passTo(engine, subscription, partition, cursor, { place, expired });
  if (outcome === "conflict") return 0;
  tellExpired(engine, reader, partition, expired);
  return expired;
}

/** Moves a head past what nobody gets, and does nothing else. */
export async function passTo(
  { progress }: Engine,
  subscription: Subscription,
  partition: number,
  cursor: Cursor,
  { place, expired }: { readonly place: Place; readonly expired: number },
): Promise<"moved" | "conflict"> {
  const { head, slotBase } = place;
  const next: Cursor = { ...cursor, head, slotBase, version: cursor.version + 1 };
  const counted = expired > 0 ? { expired } : {};
  return await progress.move(subscription, {
    cursor: { partition, next, drop: voidInner(cursor) },
    ...counted,
  });
}
