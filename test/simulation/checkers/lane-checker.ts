import type { AcquireOutcome } from "../../../lib/domain/ports/locks.js";
import type { SubscriptionRef } from "../../../lib/domain/subscription.js";
import { TIMERS_LOCK } from "../../../lib/operations/push/start-clock.js";
import type { Call } from "../port-calls.js";
import type { World } from "../world.js";

/** A pump, and the latest that its clock has told it. */
export interface Pump {
  readonly name: string;
  readonly latestMs: number;
}

/**
 * A pump that was told that its lane is somebody else's delivers nothing more. One that was not keeps it as long as
 * its lease lasts: two renewals may fail.
 */
export class LaneChecker {
  readonly #lost = new Set<string>();
  /** Pumps whose lease was over, by their clocks, before they renewed it: they may go as well as stay. */
  readonly #lapsed = new Set<string>();
  /** By pump: the end of the lease of its lane, as it was told last. */
  readonly #untilMs = new Map<string, number>();

  constructor(private readonly world: World) {}

  /** A pump was told that it has its lane, or has it no more. */
  answered({ name, latestMs }: Pump, { method, args }: Call, outcome: unknown): void {
    if (args[0] === TIMERS_LOCK) return;
    if (method === "acquire") for (const those of [this.#lost, this.#lapsed]) those.delete(name);
    if (method === "acquire" && (outcome as AcquireOutcome).kind === "acquired")
      this.#untilMs.set(name, args[3] as number);
    // A renewal that is under way as its pump lets go comes too late, and says nothing of anybody else.
    if (method === "release") this.#untilMs.delete(name);
    if (method !== "renew" || !this.#untilMs.has(name)) return;
    if (latestMs >= (this.#untilMs.get(name) ?? 0)) this.#lapsed.add(name);
    if (outcome === "lost") this.#lost.add(name);
    else this.#untilMs.set(name, args[2] as number);
  }

  delivering({ name }: Pump, ref: SubscriptionRef): void {
    if (!this.#lost.has(name)) return;
    this.world.violation("lane", `${name} delivers to ${ref.name}, and was told that it has lost its lane`);
  }

  /** A pump says why it let go of its lane. */
  ended({ name, latestMs }: Pump, why: unknown): void {
    const leftMs = (this.#untilMs.get(name) ?? 0) - latestMs;
    if (why !== "lane-lost" || this.#lost.has(name) || this.#lapsed.has(name) || leftMs <= 0) return;
    this.world.violation("lane", `${name} gives up its lane, which it has for another ${leftMs} ms`);
  }
}
