import type { FreeLock } from "../../domain/ports/locks.js";
import type { Started } from "../caches.js";
import type { Engine } from "../engine.js";

/** How long a started pump may take to begin. After that, the next doorbell starts another. */
const BEGINS_WITHIN_MS = 2_000;
/** Clocks are two minutes apart at the most. A lane that was taken this long before a start was not taken by it. */
const LONG_BEFORE_MS = 5 * 60_000;

/**
 * Whether a pump that was started a moment ago has yet to take this lane. If so, there is word for it: it will look at
 * everything. `taken`: somebody has taken the lane meanwhile, so it has to be looked at again.
 */
export async function onItsWay(
  { caches, clock, locks }: Engine,
  name: string,
  lane: FreeLock,
): Promise<"yes" | "no" | "taken"> {
  const nowMs = clock.nowMs();
  if (isRecent(lane.calledAtMs, nowMs)) return "yes";
  const started = caches.started.get(name);
  if (!started || !isRecent(started.atMs, nowMs) || mayHaveCome(lane, started)) return "no";
  return (await locks.call(name, lane.takes, nowMs)) === "called" ? "yes" : "taken";
}

const isRecent = (atMs: number | undefined, nowMs: number): boolean =>
  atMs !== undefined && Math.abs(nowMs - atMs) < BEGINS_WITHIN_MS;

/** Whether the pump may have taken the lane, and let go of it again. */
function mayHaveCome({ takes, takenAtMs }: FreeLock, started: Started): boolean {
  if (started.takes !== undefined) return takes !== started.takes;
  return takenAtMs !== undefined && takenAtMs > started.atMs - LONG_BEFORE_MS;
}
