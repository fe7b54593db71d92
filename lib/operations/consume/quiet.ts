import { type Mark, isYoung } from "../../domain/mark.js";
import type { Reader } from "../../domain/reader.js";
import { subscriptionKey } from "../../domain/subscription.js";
import type { TopicRef } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { isTrouble } from "../log/troubles.js";
import { isKnownToBeAtEnd } from "./take-next.js";

/**
 * What a poll knows about a topic that is quiet: everything was consumed, and which mark the topic had then, if any.
 * While that stays so there is nothing new, however many partitions there are.
 */
export class Quiet {
  #known: { readonly version: string | undefined } | undefined;

  constructor(private readonly engine: Engine) {}

  /** Whether there can be nothing new. */
  async isSure({ topic }: Reader): Promise<boolean> {
    if (!this.#known) return false;
    const looked = await this.#look(topic);
    if (!looked || looked.mark?.version !== this.#known.version) this.#known = undefined;
    return this.#known !== undefined;
  }

  /** There is news. */
  forget(): void {
    this.#known = undefined;
  }

  /** undefined if the store does not answer now: then there may be something new. */
  async #look(topic: TopicRef): Promise<{ readonly mark: Mark | undefined } | undefined> {
    try {
      return { mark: await this.engine.marks.get(topic) };
    } catch (error) {
      if (!isTrouble(error)) throw error;
      return undefined;
    }
  }

  /**
   * Runs a look at everything, and notes whether the topic is quiet. The mark is read at the same time; the order does
   * not matter, because news of a young mark may still be on its way, so only an old one counts. @throws what `look`
   * does
   */
  async watch<T>({ topic, subscription }: Reader, look: () => Promise<readonly T[]>): Promise<readonly T[]> {
    const { caches, clock } = this.engine;
    const nowMs = clock.nowMs();
    const before = caches.anchors.get(topic.uid);
    const [looked, found] = await Promise.all([this.#look(topic), look()]);
    // A look that did not read the anchors, because deliveries are paused, tells nothing.
    if (!looked || found.length > 0 || caches.anchors.get(topic.uid) === before) return found;
    const { mark } = looked;
    const memory = caches.consumers.get(subscriptionKey(subscription));
    if (!memory || (mark && isYoung(mark, nowMs))) return found;
    if (isKnownToBeAtEnd(this.engine, { topic, subscription }, memory))
      this.#known = { version: mark?.version };
    return found;
  }
}
