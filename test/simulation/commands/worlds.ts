import { SMALL_WORLDS, exploreWorld } from "../worlds/small-worlds.js";
import { took } from "./workers.js";

/** Of interleavings, where a world says no other number. */
const LEAST = 5;

/** Every interleaving of the small worlds; one that is not seen through counts as failed, and so does one with
 * far fewer than it had: its actors run one after the other then, and it shows nothing. */
export async function runWorlds(): Promise<number> {
  const sinceMs = Date.now();
  let failures = 0;
  for (const name of Object.keys(SMALL_WORLDS)) {
    const { runs, pruned, deepest, isComplete, violation } = await exploreWorld(name);
    const { least = LEAST } = SMALL_WORLDS[name] ?? {};
    const isHollow = isComplete && runs - pruned < least;
    if (!isComplete || isHollow) failures++;
    const whole = isHollow ? `FEWER THAN ${least}: do its actors still meet?` : "all seen";
    const seen = isComplete ? whole : (violation ?? `not all seen after ${runs}`);
    console.log(
      `${String(runs - pruned).padStart(6)} interleavings, up to ${deepest} choices: ${name}: ${seen}`,
    );
  }
  console.log(`${Object.keys(SMALL_WORLDS).length} small worlds, ${failures} failed, ${took(sinceMs)}`);
  return failures;
}
