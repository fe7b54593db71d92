import { mostPerSecond } from "../../../lib/domain/rate.js";
import { type Subscription, subscriptionKey } from "../../../lib/domain/subscription.js";
import type { World } from "../world.js";

const SECOND_MS = 1_000;

interface Started {
  readonly atMs: number;
  readonly messages: number;
}

/** Of a subscription with a rate limit no second has more messages than that, whichever pumps started them. */
export class RateChecker {
  /** Those to which nothing happens: a pump that loses its lane without knowing it may be at work beside the next. */
  looksAt: ReadonlySet<string> = new Set();
  readonly #lately = new Map<string, readonly Started[]>();

  constructor(private readonly world: World) {}

  starts(subscription: Subscription, messages: number): void {
    const { name, rateLimitPerSecond } = subscription;
    if (!this.looksAt.has(name) || rateLimitPerSecond === 0) return;
    const key = subscriptionKey(subscription);
    // Clocks of processes tell whole milliseconds.
    const nowMs = Math.floor(this.world.nowMs);
    const before = (this.#lately.get(key) ?? []).filter(({ atMs }) => atMs > nowMs - SECOND_MS);
    const lately = [...before, { atMs: nowMs, messages }];
    this.#lately.set(key, lately);
    const count = lately.reduce((sum, started) => sum + started.messages, 0);
    if (before.length > 0) this.world.count("rate-looked-at");
    if (count > mostPerSecond(rateLimitPerSecond))
      this.world.violation("rate", `${name} got ${count} in a second, ${rateLimitPerSecond} may be`);
  }
}
