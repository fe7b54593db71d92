import { setTimeout as sleep } from "node:timers/promises";

const LOOK_EVERY_MS = 250;
const SHOWN_CHARACTERS = 1_000;

/** Looks until what it sees satisfies `isSo`. @throws with the last that it saw, once the patience is over. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T>,
  isSo: (seen: T) => boolean,
  patienceMs = 60_000,
): Promise<T> {
  const untilMs = Date.now() + patienceMs;
  for (;;) {
    const seen = await look();
    if (isSo(seen)) return seen;
    if (Date.now() > untilMs) {
      const shown = JSON.stringify(seen)?.slice(0, SHOWN_CHARACTERS);
      throw new Error(`not within ${patienceMs / 1_000} s: ${what}; last seen: ${shown}`);
    }
    await sleep(LOOK_EVERY_MS);
  }
}
