import type { Account, Transfer } from "./bank.js";

export const OPENING_CENTS = 1_000_00;
const CENTS_AT_MOST = 100_00;

export const accountsOf = (count: number): readonly Account[] =>
  Array.from({ length: count }, (_, index) => ({ account: String(index + 1), cents: OPENING_CENTS }));

/** The same for the same number: a publisher that starts again goes on where it was. */
export function transfersOf(count: number, accounts: number): readonly Transfer[] {
  return Array.from({ length: count }, (_, index) => ({
    transferId: String(index + 1).padStart(5, "0"),
    from: String((index % accounts) + 1),
    // Never the same account: the two are from 1 to `accounts - 1` apart.
    to: String(((index + 1 + ((index * 7) % (accounts - 1))) % accounts) + 1),
    cents: 1 + ((index * 997) % CENTS_AT_MOST),
  }));
}
