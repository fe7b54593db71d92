/** Random numbers for the operations, injected so that tests and the simulation control them. */
export interface Random {
  /** A whole number from 0 to `below` - 1. */
  below(below: number): number;
  /** A unique name: 22 characters of `A-Za-z0-9_-`. Nobody can guess it: secrets are made of these. */
  nonce(): string;
}
