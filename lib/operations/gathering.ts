/** How what waits goes on together. */
export interface Together<Item, Result> {
  /** What they wait for before they go, although none of them is under way. @default nothing */
  readonly after?: () => Promise<void> | undefined;
  /** How many of those that wait, of at least one, go next: the oldest ones. */
  count(waiting: readonly Item[]): number;
  /** Returns one result for each, in their order. If it throws, it fails all of them. */
  carryOut(items: readonly Item[]): Promise<readonly Result[]>;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Carries out one thing at a time for each key. What comes meanwhile is gathered and goes together next. So nothing
 * waits for company: what comes while nothing is under way goes at once, with whatever comes in the same turn.
 */
export class Gathering<Item, Result> {
  readonly #waiting = new Map<string, Waiting<Item, Result>[]>();
  readonly #rounds = new Map<string, Promise<void>>();

  /** `turn`: resolves once everything that can run now has run. */
  constructor(private readonly turn: () => Promise<void>) {}

  /** Resolves to the item's own result. `together` is used until nothing waits under this key any more. */
  join(key: string, item: Item, together: Together<Item, Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(key);
      const one = { item, resolve, reject };
      if (waiting) return void waiting.push(one);
      const first = [one];
      this.#waiting.set(key, first);
      void this.#workOff(key, first, together);
    });
  }

  /** Resolves once what is under way under this key, or goes next, has ended; undefined if nothing is. */
  round(key: string): Promise<void> | undefined {
    return this.#rounds.get(key);
  }

  async #workOff(
    key: string,
    waiting: Waiting<Item, Result>[],
    together: Together<Item, Result>,
  ): Promise<void> {
    while (waiting.length > 0) {
      const round = this.#round(waiting, together);
      this.#rounds.set(key, round);
      await round;
    }
    this.#rounds.delete(key);
    this.#waiting.delete(key);
  }

  async #round(waiting: Waiting<Item, Result>[], together: Together<Item, Result>): Promise<void> {
    // Whoever was just answered may come again, and whoever calls in the same turn comes along.
    await this.turn();
    const after = together.after?.();
    if (after) {
      await after;
      await this.turn();
    }
    const count = Math.max(1, together.count(waiting.map(({ item }) => item)));
    const gathered = waiting.splice(0, count);
    try {
      const results = await together.carryOut(gathered.map(({ item }) => item));
      gathered.forEach(({ resolve }, index) => resolve(results[index] as Result));
    } catch (error) {
      for (const { reject } of gathered) reject(error);
    }
  }
}
