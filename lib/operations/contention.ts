import type { Engine } from "./engine.js";

const PAUSE_FROM_MS = 8;
const PAUSE_UP_TO_MS = 512;

/** Those that cannot part would meet again and again: after each race chance tells them apart, more each time. */
export async function backOff({ clock, random }: Engine, races: number): Promise<void> {
  const upToMs = Math.min(PAUSE_UP_TO_MS, PAUSE_FROM_MS * 2 ** (races - 1));
  await clock.sleep(1 + random.below(upToMs));
}
