import { systemRandom } from "../../../lib/adapters/system/random.js";

describe("the system's chance", () => {
  it("gives whole numbers below the limit, each of them sometimes", () => {
    const drawn = new Set(Array.from({ length: 1_000 }, () => systemRandom.below(4)));
    expect([...drawn].sort()).toEqual([0, 1, 2, 3]);
    expect(systemRandom.below(1)).toBe(0);
  });

  it("gives names that nobody else has", () => {
    const names = Array.from({ length: 1_000 }, () => systemRandom.nonce());
    expect(new Set(names).size).toBe(1_000);
    for (const name of names) expect(name).toMatch(/^[\w-]{22}$/);
  });
});
