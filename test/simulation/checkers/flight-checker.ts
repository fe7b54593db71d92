import type { Handed } from "../../../lib/domain/handed.js";
import type { Reader } from "../../../lib/domain/reader.js";
import { subscriptionKey } from "../../../lib/domain/subscription.js";
import type { World } from "../world.js";

/**
 * A pump delivers nothing that a handler of its own is at work on. Nothing excuses it: it need not ask anybody what it
 * is delivering itself, whatever has become of its lane, its leases or its clock.
 */
export class FlightChecker {
  readonly #atWork = new Set<string>();

  constructor(
    private readonly world: World,
    private readonly who: string,
  ) {}

  /** `invocation`: what the one before has left at work, this one need not know. Gives what ends it. */
  delivers(invocation: number, { subscription }: Reader, messages: readonly Handed[]): () => void {
    // After a seek all comes again, as it was asked to.
    const run = `${invocation} ${subscriptionKey(subscription)} ${subscription.epoch}`;
    const keys = messages.map(({ id }) => `${run} ${id}`);
    for (const [index, key] of keys.entries()) {
      if (!this.#atWork.has(key)) continue;
      const text = `${messages[index]?.id} to ${subscription.name}, which a handler of its own is at work on`;
      this.world.violation("overlap", `${this.who} delivers ${text}`);
    }
    for (const key of keys) this.#atWork.add(key);
    return () => {
      for (const key of keys) this.#atWork.delete(key);
    };
  }
}
