interface Endpoint {
  readonly Address: string;
  readonly CachePeriodInMinutes: number;
}

interface Kept {
  readonly Address: string;
  readonly Expires: number;
}

const MINUTE_MS = 60_000;

/**
 * Stands in, in the functions' bundles, for the cache of endpoints that the SDK's DynamoDB client discovers if it is
 * told to. A function has one set of credentials, so nothing has to be forgotten, and the library that does so would be
 * a fiftieth of a small bundle.
 */
export class EndpointCache {
  readonly #kept = new Map<string, readonly Kept[]>();

  get(key: string): readonly Kept[] | undefined {
    const alive = (this.#kept.get(key) ?? []).filter(({ Expires }) => Date.now() < Expires);
    return alive.length > 0 ? alive : undefined;
  }

  getEndpoint(key: string): string | undefined {
    return this.get(key)?.[0]?.Address;
  }

  set(key: string, endpoints: readonly Endpoint[]): void {
    const nowMs = Date.now();
    this.#kept.set(
      key,
      endpoints.map(({ Address, CachePeriodInMinutes }) => ({
        Address,
        Expires: nowMs + CachePeriodInMinutes * MINUTE_MS,
      })),
    );
  }

  has(key: string): boolean {
    return (this.#kept.get(key) ?? []).length > 0;
  }

  delete(key: string): void {
    this.#kept.delete(key);
  }

  clear(): void {
    this.#kept.clear();
  }
}
