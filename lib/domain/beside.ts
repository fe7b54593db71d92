import { invariant } from "./invariant.js";

/**
 * A change of a record beside the log, in the same transaction as the slot: all or nothing. `claim` puts a record that
 * must not exist, or must have expired by the slot's time. `remove` deletes a record that must exist in this version; a
 * claim makes version 1.
 */
export type Beside =
  | { readonly kind: "claim"; readonly name: string; readonly value: string; readonly expiresAtMs?: number }
  | { readonly kind: "remove"; readonly name: string; readonly version: number };

/** The most records beside one slot: a transaction has 100 items, two of which are the slot and the anchor. */
export const BESIDE_LIMIT = 98;

/** @throws {InvariantError} */
export function assertBeside(beside: readonly Beside[]): void {
  invariant(beside.length <= BESIDE_LIMIT, "an append is one transaction");
  const names = new Set(beside.map(({ name }) => name));
  invariant(names.size === beside.length, "a transaction changes a record once");
}
