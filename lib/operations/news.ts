/**
 * Tells the polls of this process at once that it has stored something itself, so that they need not wait for their
 * next look. Other processes find out by looking.
 */
export class News {
  /** By topic uid. */
  readonly #bells = new Map<string, Set<Bell>>();

  /** A bell that rings with news of the topic. Its owner closes it. */
  open(topicUid: string): Bell {
    const bells = this.#bells.get(topicUid) ?? new Set();
    this.#bells.set(topicUid, bells);
    const bell = new Bell(() => {
      bells.delete(bell);
      if (bells.size === 0 && this.#bells.get(topicUid) === bells) this.#bells.delete(topicUid);
    });
    bells.add(bell);
    return bell;
  }

  /** Whether a poll of this process waits for news of the topic. */
  isAwaited(topicUid: string): boolean {
    return this.#bells.has(topicUid);
  }

  ring(topicUid: string): void {
    for (const bell of this.#bells.get(topicUid) ?? []) bell.ring();
  }
}

/** Remembers that it rang until it is asked for the next ring. */
export class Bell {
  #next = new AbortController();

  constructor(readonly close: () => void) {}

  ring(): void {
    this.#next.abort();
  }

  get hasRung(): boolean {
    return this.#next.signal.aborted;
  }

  /** Aborts at the next ring from now on. Asked for before a look, it misses nothing that comes during the look. */
  next(): AbortSignal {
    if (this.hasRung) this.#next = new AbortController();
    return this.#next.signal;
  }
}
