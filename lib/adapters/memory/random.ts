import type { Random } from "../../domain/ports/random.js";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
const SEED_DIGITS = 6;
const CHANCE_DIGITS = 16;

// Looked up once: inside Jest's context, looking up a global takes longer than the arithmetic.
const { floor, imul } = Math;

/**
 * Repeatable random numbers: the same seed gives the same sequence. Mulberry32 (T. Ettinger, public domain). All seeds
 * share one cycle of states, so each nonce begins with its seed: processes with different seeds never produce the same
 * nonce.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => floor(next() * limit);
  const digits = (count: number, digit: (index: number) => number): string =>
    Array.from({ length: count }, (_, index) => ALPHABET[digit(index)]).join("");
  const prefix = digits(
    SEED_DIGITS,
    (index) => floor((seed >>> 0) / ALPHABET.length ** index) % ALPHABET.length,
  );
  return { below, nonce: () => prefix + digits(CHANCE_DIGITS, () => below(ALPHABET.length)) };
}
