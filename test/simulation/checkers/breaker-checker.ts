import type { SubscriptionRef } from "../../../lib/domain/subscription.js";
import type { World } from "../world.js";

/** Of a target that is out for longer: a burst of all that it asked for, in each lane, and a few tries more. */
const BURSTS = 2;
const TRIES_AT_FIRST = 30;
/** The longest pause is a quarter of an hour, or half of that, as chance will have it. */
const PROBE_EVERY_MS = 7 * 60_000;

interface Out {
  readonly sinceMs: number;
  tries: number;
  hasViolated: boolean;
}

/** A target that takes nothing is tried seldom, where nothing else goes wrong. */
export class BreakerChecker {
  /** Subscriptions to which nothing happens but that their target is out for a while. */
  looksAt: ReadonlySet<string> = new Set();
  readonly #out = new Map<string, Out>();

  constructor(private readonly world: World) {}

  /** A target that is out was called. */
  tried(ref: SubscriptionRef, maxConcurrency: number): void {
    const out = this.#out.get(ref.uid) ?? { sinceMs: this.world.nowMs, tries: 0, hasViolated: false };
    this.#out.set(ref.uid, out);
    out.tries++;
    this.world.count("outage-tried");
    if (!this.looksAt.has(ref.name) || out.hasViolated) return;
    const forMs = this.world.nowMs - out.sinceMs;
    const most = BURSTS * maxConcurrency + TRIES_AT_FIRST + forMs / PROBE_EVERY_MS;
    if (out.tries <= most) return;
    out.hasViolated = true;
    this.world.violation("tries", `${ref.name} was out, and tried ${out.tries} times in ${forMs} ms`);
  }
}
