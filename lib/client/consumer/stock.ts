import type { ReceivedMessage } from "../types.js";

/** A message whose lease this consumer holds. Times are those of `Timing`. */
export interface Held {
  readonly message: ReceivedMessage;
  /** Messages of one chain are handled one after the other: those of one key, or else of one id. */
  readonly chain: string;
  /** When its lease has to be extended; Infinity while that is under way. */
  extendAtMs: number;
  /** From here on another consumer may have it. */
  fenceAtMs: number;
  /** Its lease counts as lost: by our clock, or because the API said so (`gone`). */
  lost?: "fenced" | "gone";
}

/** The messages that a consumer holds: those that wait, in the order in which they came, and those in handlers. */
export class Stock {
  #waiting: Held[] = [];
  readonly #running = new Set<Held>();
  /** Chains with a message in a handler. */
  readonly #busy = new Set<string>();

  add(messages: readonly Held[]): void {
    this.#waiting.push(...messages);
  }

  /** The next messages for a handler, at most `limit`. Of a chain it takes the first ones, in order. */
  take(limit: number): readonly Held[] {
    const taken: Held[] = [];
    const left: Held[] = [];
    for (const held of this.#waiting) {
      if (taken.length < limit && !this.#busy.has(held.chain)) taken.push(held);
      else left.push(held);
    }
    this.#waiting = left;
    for (const held of taken) {
      this.#running.add(held);
      this.#busy.add(held.chain);
    }
    return taken;
  }

  /** Their handler is over. */
  end(messages: readonly Held[]): void {
    for (const held of messages) {
      this.#running.delete(held);
      this.#busy.delete(held.chain);
    }
  }

  /** Removes everything that waits in these chains, so that nothing overtakes what is given back before it. */
  removeWaiting(chains: ReadonlySet<string>): readonly Held[] {
    const removed = this.#waiting.filter(({ chain }) => chains.has(chain));
    this.#waiting = this.#waiting.filter(({ chain }) => !chains.has(chain));
    return removed;
  }

  removeAllWaiting(): readonly Held[] {
    return this.#waiting.splice(0);
  }

  /** Whether it waits, and for nothing but a handler that is free. */
  isIdle({ chain }: Held): boolean {
    return !this.#busy.has(chain);
  }

  all(): readonly Held[] {
    return [...this.#running, ...this.#waiting];
  }

  get idleCount(): number {
    return this.#waiting.filter((held) => this.isIdle(held)).length;
  }

  get size(): number {
    return this.#running.size + this.#waiting.length;
  }
}
