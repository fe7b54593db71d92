import type { TestTables } from "./tables.js";

/** One stored item, and every call of a port that reads it or would change it. */
export interface Stored {
  readonly table: "log" | "state";
  readonly key: Readonly<Record<string, string | number>>;
  readonly reads: readonly (() => Promise<unknown>)[];
  readonly writes: readonly (() => Promise<unknown>)[];
}

export type Kind = (db: TestTables) => Promise<Stored>;
