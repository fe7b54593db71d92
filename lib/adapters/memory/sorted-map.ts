/** The index of the first element that is not below what is sought; the array's length if all are below it. */
export function firstNotBelow<T>(sorted: readonly T[], isBelow: (element: T) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBelow(sorted[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A map ordered by key, like a table's sort key: the first entries are found without looking at the rest. */
export class SortedMap<V> {
  readonly #keys: string[] = [];
  readonly #values = new Map<string, V>();

  get size(): number {
    return this.#keys.length;
  }

  get(key: string): V | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: V): void {
    if (!this.#values.has(key)) this.#keys.splice(this.#indexOf(key), 0, key);
    this.#values.set(key, value);
  }

  delete(key: string): boolean {
    if (!this.#values.delete(key)) return false;
    this.#keys.splice(this.#indexOf(key), 1);
    return true;
  }

  /** The entries in order, starting after the key `after`. Do not change the map while iterating. */
  *entries(after?: string): Generator<readonly [key: string, value: V]> {
    let index = 0;
    if (after !== undefined) {
      index = this.#indexOf(after);
      if (this.#keys[index] === after) index++;
    }
    for (; index < this.#keys.length; index++) {
      const key = this.#keys[index] as string;
      yield [key, this.#values.get(key) as V];
    }
  }

  *values(): Generator<V> {
    for (const [, value] of this.entries()) yield value;
  }

  /** Its first `count` keys. */
  firstKeys(count: number): string[] {
    return this.#keys.slice(0, count);
  }

  #indexOf(key: string): number {
    return firstNotBelow(this.#keys, (other) => other < key);
  }
}
