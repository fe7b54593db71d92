/** Chance, as the operations see it. */
export interface Random {
  /** A whole number, 0..below-1. */
  below(below: number): number;
  /** A fresh name that nobody else has: 22 characters of `A-Za-z0-9_-`. */
  nonce(): string;
}
