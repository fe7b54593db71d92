import { SMALL_WORLDS, exploreWorld } from "../worlds/small-worlds.js";
import { took } from "./workers.js";

/** Every interleaving of the small worlds; one that is not seen through counts as failed. */
export async function runWorlds(): Promise<number> {
  const sinceMs = Date.now();
  let failures = 0;
  for (const name of Object.keys(SMALL_WORLDS)) {
    const { runs, pruned, deepest, isComplete, violation } = await exploreWorld(name);
    if (!isComplete) failures++;
    const seen = isComplete ? "all seen" : (violation ?? `not all seen after ${runs}`);
    console.log(
      `${String(runs - pruned).padStart(6)} interleavings, up to ${deepest} choices: ${name}: ${seen}`,
    );
  }
  console.log(`${Object.keys(SMALL_WORLDS).length} small worlds, ${failures} failed, ${took(sinceMs)}`);
  return failures;
}
