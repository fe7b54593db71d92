import { type Mark, isYoung } from "../../domain/mark.js";
import type { TopicRef } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { isTrouble } from "./troubles.js";

/**
 * What a poll knows about a topic that is quiet: it has seen everything, and which mark the topic had then, if any.
 * While that stays so there is nothing new, however many partitions there are.
 */
export class Quiet {
  #known: { readonly version: string | undefined } | undefined;

  constructor(private readonly engine: Engine) {}

  /** Whether there can be nothing new. */
  async isSure(topic: TopicRef): Promise<boolean> {
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
   * not matter, because news of a young mark may still be on its way, so only an old one counts. `isAtEnd`: whether the
   * anchors show that nothing is left behind what the look found. @throws what `look` does
   */
  async watch<T>(topic: TopicRef, look: () => Promise<T>, isAtEnd: (found: T) => boolean): Promise<T> {
    const { caches, clock } = this.engine;
    const nowMs = clock.nowMs();
    // As long as a mark is young it tells nothing, so it is not read again.
    const setAtMs = caches.youngMarks.get(topic.uid);
    if (setAtMs !== undefined && isYoung({ setAtMs }, nowMs)) return await look();
    const before = caches.anchors.get(topic.uid);
    const [looked, found] = await Promise.all([this.#look(topic), look()]);
    // A look that did not read the anchors, because deliveries are paused, tells nothing.
    if (!looked || caches.anchors.get(topic.uid) === before) return found;
    const { mark } = looked;
    if (mark && isYoung(mark, nowMs)) {
      caches.youngMarks.set(topic.uid, mark.setAtMs);
      return found;
    }
    if (isAtEnd(found)) this.#known = { version: mark?.version };
    return found;
  }
}
