import type { Engine } from "../engine.js";
import { type Garbage, garbageName } from "../../domain/garbage.js";
import { scheduleTimer } from "../../domain/schedule.js";
import type { TopicRef } from "../../domain/topic.js";
import { everySchedule } from "../schedule/after-pause.js";

const MINUTE_MS = 60_000;
/** A function's longest run, and so the greatest age of what it knows about a topic or subscription. */
const FUNCTION_RUN_MS = 15 * MINUTE_MS;
/** How long a signed request stays valid: one that nobody waits for any more can still arrive this late. */
const SIGNED_REQUEST_MS = 15 * MINUTE_MS;
/** The most that the clocks of the deleting and the purging process differ. */
const CLOCKS_APART_MS = 5 * MINUTE_MS;

/**
 * After this, nobody is still working who looked it up before the deletion, so what a purge finds empty stays empty.
 * The deletion itself may arrive as late as any other request.
 */
export const NOTHING_IN_FLIGHT_AFTER_MS = FUNCTION_RUN_MS + 2 * SIGNED_REQUEST_MS + CLOCKS_APART_MS;

const GARBAGE_PAGE = 20;
const PAGES_PER_SWEEP = 5;
const PURGE_ITEMS = 500;

/**
 * Purges what deleted topics and subscriptions left behind. Purges again what was written after an earlier purge by
 * those who were at work during the deletion.
 */
export async function purgeGarbage(engine: Engine, untilMs: number): Promise<void> {
  let cursor: string | undefined;
  for (let page = 1; page <= PAGES_PER_SWEEP && engine.clock.nowMs() <= untilMs; page++) {
    const { items, nextCursor } = await engine.garbage.list({
      limit: GARBAGE_PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    await Promise.all(items.map((garbage) => purgeOne(engine, garbage)));
    if (nextCursor === undefined) return;
    cursor = nextCursor;
  }
}

/** A failure here does not keep the others from being purged. */
async function purgeOne(engine: Engine, garbage: Garbage): Promise<void> {
  const { clock, telemetry } = engine;
  const isInFlight = clock.nowMs() - garbage.deletedAtMs <= NOTHING_IN_FLIGHT_AFTER_MS;
  try {
    const isEmpty = await purge(engine, garbage, isInFlight);
    if (isEmpty && !isInFlight) await engine.garbage.forget(garbage);
  } catch (error) {
    telemetry.event("purge-failed", "warn", { what: garbageName(garbage), error: String(error) });
  }
}

/**
 * A topic leaves its delayed messages and its schedules with their timers, which go at once, and its anchors, which are
 * few and small. They stay until nobody can still take the topic for alive: an append that finds no anchor could put
 * its slot below existing ones.
 */
async function purge(engine: Engine, garbage: Garbage, isInFlight: boolean): Promise<boolean> {
  const { progress, log, delayed, journal } = engine;
  if (garbage.kind === "subscription") {
    const isEmpty = await progress.purge(garbage.subscription, PURGE_ITEMS);
    return (await journal.purge(garbage.subscription, PURGE_ITEMS)) && isEmpty;
  }
  if (!(await delayed.purge(garbage.topic, PURGE_ITEMS))) return false;
  if (!(await purgeSchedules(engine, garbage.topic))) return false;
  return !isInFlight && (await log.purge(garbage.topic));
}

/** Their timers first: one whose time is far ahead would lie there until then. */
async function purgeSchedules(engine: Engine, topic: TopicRef): Promise<boolean> {
  for await (const page of everySchedule(engine, topic)) {
    const timers = page.flatMap((schedule) => scheduleTimer(schedule) ?? []);
    await Promise.all(timers.map((timer) => engine.timers.remove(timer)));
  }
  return await engine.schedules.purge(topic, PURGE_ITEMS);
}
