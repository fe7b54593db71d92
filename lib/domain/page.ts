export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page starts; opaque. */
  readonly nextCursor?: string;
}

export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string;
}
