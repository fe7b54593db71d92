import { memoryClock } from "../../lib/adapters/memory/clock.js";
import { memoryPorts } from "../../lib/adapters/memory/ports.js";
import { seededRandom } from "../../lib/adapters/memory/random.js";
import { MemoryStorage } from "../../lib/adapters/memory/storage.js";
import { createEngine } from "../../lib/operations/engine.js";
import { delayed } from "../delayed.js";
import type { NewProcess } from "./platform.js";
import type { SceneOptions } from "./scene.js";

const START_MS = 1_790_000_000_000;
/** What a call of a store takes: as long as chance will have it, so that calls overtake one another. */
const CALL_FROM_MS = 2;
const CALL_BELOW_MS = 10;
/** The machine stands still meanwhile. */
const STEP_MS = 1_000;

/** What a scene is played on: its time, and the processes over one storage. */
export type Deployment = Pick<SceneOptions, "clock" | "newProcess">;

/** Plays the scene over the memory adapters, in virtual time: what it takes is not this machine's. */
export async function inVirtualTime<O, T>(
  { seed, ...options }: O & { readonly seed: number },
  play: (scene: Deployment & Omit<O & { readonly seed: number }, "seed">) => Promise<T>,
): Promise<T> {
  const clock = memoryClock(START_MS);
  const storage = new MemoryStorage();
  const latency = seededRandom(seed);
  let processes = 1;
  const newProcess: NewProcess = ({ rings, starter, subscriber }) => {
    const random = seededRandom(seed + processes++);
    const ports = memoryPorts(storage, {
      clock,
      random,
      telemetry: { event: () => undefined },
      starter,
      subscriber,
    });
    const slow = delayed(ports, () =>
      clock.sleep(CALL_FROM_MS + latency.below(CALL_BELOW_MS - CALL_FROM_MS)),
    );
    return createEngine({ ...slow, log: rings(slow.log) });
  };
  let isOver = false;
  const seen = play({ clock, newProcess, ...options }).finally(() => (isOver = true));
  seen.catch(() => undefined);
  while (!isOver) await clock.advance(STEP_MS);
  return await seen;
}
