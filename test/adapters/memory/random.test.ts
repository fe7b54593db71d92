import { seededRandom } from "../../../lib/adapters/memory/random.js";

const many = <T>(make: () => T, count = 10_000): T[] => Array.from({ length: count }, make);

describe("chance from a seed", () => {
  it("repeats itself", () => {
    const [one, other] = [seededRandom(4711), seededRandom(4711)];
    expect(many(() => one.below(1_000), 100)).toEqual(many(() => other.below(1_000), 100));
    expect(one.nonce()).toBe(other.nonce());
  });

  it.each([0, 1, 4711, 2 ** 32 - 1])("gives nonces as the port promises them, seed %i", (seed) => {
    const random = seededRandom(seed);
    const nonces = many(() => random.nonce());
    for (const nonce of nonces) expect(nonce).toMatch(/^[\w-]{22}$/);
    expect(new Set(nonces).size).toBe(nonces.length);
  });

  it("gives two seeds no nonce in common", () => {
    // GIVEN the next seed on the generator's circle, which walks one step ahead
    const [one, other] = [seededRandom(0), seededRandom(0x6d2b79f5)];
    one.below(2);
    const nonces = new Set(many(() => one.nonce(), 100));
    expect(many(() => other.nonce(), 100).filter((nonce) => nonces.has(nonce))).toEqual([]);
  });

  it("gives whole numbers below, each about as often", () => {
    const random = seededRandom(7);
    const numbers = many(() => random.below(10));
    for (let digit = 0; digit < 10; digit++) {
      const count = numbers.filter((number) => number === digit).length;
      expect(Math.abs(count - 1_000)).toBeLessThan(150);
    }
    expect(many(() => random.below(1), 10)).toEqual(Array(10).fill(0));
  });
});
