import type { Delivered } from "../../../lib/client/inbox.js";
import type { World } from "../world.js";

/** Where consumers write what messages do. */
export interface Effects {
  /** Once for each message. Rejects if it is not known to be done. */
  carryOut(subscription: string, id: string, delivered: Delivered): Promise<void>;
}

/**
 * What consumers do with an inbox: each message has its effect once for each subscription, however often it comes, and
 * none is acknowledged that has not had it.
 */
export class EffectChecker {
  /** By name: who makes a subscription anew under its old name goes on with its inbox. */
  looksAt: ReadonlySet<string> = new Set();
  readonly #applied = new Set<string>();

  constructor(private readonly world: World) {}

  applied(subscription: string, id: string): void {
    const effect = `${subscription} ${id}`;
    if (this.#applied.has(effect))
      this.world.violation("effect", `${id} takes effect twice for ${subscription}`);
    this.#applied.add(effect);
  }

  /** Its consumer says that these are done. */
  acknowledged(subscription: string, ids: readonly string[]): void {
    if (!this.looksAt.has(subscription)) return;
    const missing = ids.find((id) => !this.#applied.has(`${subscription} ${id}`));
    if (missing !== undefined)
      this.world.violation("effect", `${subscription} acknowledges ${missing}, which has had no effect`);
  }
}
