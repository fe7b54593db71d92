import { writeSync } from "node:fs";

/** One message in so many ends the process of whoever handles it. */
export const POISON_EVERY = 1_000;
export const isPoison = (number: number): boolean => number % POISON_EVERY === POISON_EVERY / 2;

export interface Handled {
  readonly number: number;
  readonly attempt: number;
}

/** Tells its parent of a message, and then handles it: that of a poison message is the last that it tells. */
export function handle({ body, attempt }: { readonly body?: unknown; readonly attempt: number }): void {
  const { number } = body as { readonly number: number };
  writeSync(1, `${JSON.stringify({ number, attempt } satisfies Handled)}\n`);
  if (isPoison(number)) process.exit(1);
}
