import type { Engine } from "./engine.js";

const PAUSE_FROM_MS = 8;
const PAUSE_UP_TO_MS = 512;

/** A random pause whose limit doubles with each lost race, so that contenders stop colliding. */
export async function backOff({ clock, random }: Engine, races: number): Promise<void> {
  const upToMs = Math.min(PAUSE_UP_TO_MS, PAUSE_FROM_MS * 2 ** (races - 1));
  await clock.sleep(1 + random.below(upToMs));
}
