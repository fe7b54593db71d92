import type { Engine } from "../engine.js";
import { type Garbage, garbageName } from "../../domain/garbage.js";

const MINUTE_MS = 60_000;
/** The longest that a function runs: how old what it knows of a topic or subscription can be. */
const FUNCTION_RUN_MS = 15 * MINUTE_MS;
/** The longest that a signed request is taken: how late one can land that nobody waits for any more. */
const SIGNED_REQUEST_MS = 15 * MINUTE_MS;
/** Between who wrote the time of the deletion and who reads it. */
const CLOCKS_APART_MS = 5 * MINUTE_MS;

/**
 * From then on nobody is at work who found it before it was deleted, so that what a purge found empty stays empty. The
 * deletion itself may land as late after its time as any other request.
 */
export const NOTHING_IN_FLIGHT_AFTER_MS = FUNCTION_RUN_MS + 2 * SIGNED_REQUEST_MS + CLOCKS_APART_MS;

const GARBAGE_PAGE = 20;
const PAGES_PER_SWEEP = 5;
const PURGE_ITEMS = 500;

/** Purges what was deleted left behind, and again what those at work at that moment wrote behind the last purge. */
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

/** One that cannot be purged keeps no other from it. */
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
 * A topic leaves its anchors, few and small. They go only once nobody can be at work any more who took it for alive: an
 * append that meets no anchor would put its slot below those that are there.
 */
async function purge({ progress, log }: Engine, garbage: Garbage, isInFlight: boolean): Promise<boolean> {
  if (garbage.kind === "subscription") return await progress.purge(garbage.subscription, PURGE_ITEMS);
  return !isInFlight && (await log.purge(garbage.topic));
}
