import { MINUTE_MS, NOW_MS, aNonce, unique } from "./builders.js";
import type { Locks } from "../../lib/domain/ports/locks.js";

export const SOON_MS = NOW_MS + MINUTE_MS;

export const LATER_MS = NOW_MS + 2 * MINUTE_MS;

export const ACQUIRED = { kind: "acquired", deaths: 0 };

export const aName = (): string => unique("lane");

/** `deaths` owners in a row that took `name` and never let go; gives when the last one's time is over. */
export async function dieInARow(locks: Locks, name: string, deaths: number): Promise<number> {
  for (let death = 0; death < deaths; death++)
    await locks.acquire(name, aNonce(), NOW_MS + death, NOW_MS + death + 1);
  return NOW_MS + deaths;
}
