import { invariant } from "./invariant.js";

/**
 * What an append does to records beside the log, in one transaction with its slot: all of it happens, or none.
 * `claim`: puts a record that must not be there, or must have expired by the slot's time. `remove`: takes away one that
 * must be there, in that version; a claim makes version 1.
 */
export type Beside =
  | { readonly kind: "claim"; readonly name: string; readonly value: string; readonly expiresAtMs?: number }
  | { readonly kind: "remove"; readonly name: string; readonly version: number };

/** Records beside one slot at the most: a transaction has 100 items, of which the slot and the anchor are two. */
export const BESIDE_LIMIT = 98;

/** @throws {InvariantError} */
export function assertBeside(beside: readonly Beside[]): void {
  invariant(beside.length <= BESIDE_LIMIT, "an append is one transaction");
  const names = new Set(beside.map(({ name }) => name));
  invariant(names.size === beside.length, "a transaction changes a record once");
}
