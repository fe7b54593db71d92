import type { AcquireOutcome } from "../../../lib/domain/ports/locks.js";
import { SWEEP_LOCK } from "../../../lib/operations/clock/sweep.js";
import type { Call } from "../port-calls.js";
import type { World } from "../world.js";

/**
 * Who sweeps, which only a sweep lists topics for, has taken the lock for it, and not let go of it. Who lets go says
 * how far it came, or the next one would always begin with the same topic.
 */
export class SweepChecker {
  readonly #holders = new Set<string>();

  constructor(private readonly world: World) {}

  after(who: string, { port, method, args }: Call, outcome: unknown): void {
    if (port === "locks" && args[0] === SWEEP_LOCK) this.#afterLock(who, method, args, outcome);
    if (port !== "topics" || method !== "list" || this.#holders.has(who)) return;
    this.world.violation("sweep", `${who} sweeps, and does not hold the lock`);
  }

  #afterLock(who: string, method: string, args: readonly unknown[], outcome: unknown): void {
    if (method === "acquire" && (outcome as AcquireOutcome).kind === "acquired") this.#holders.add(who);
    if (method !== "release") return;
    this.#holders.delete(who);
    if (args[2] === undefined)
      this.world.violation("sweep", `${who} ends its sweep, and does not say how far it came`);
  }
}
