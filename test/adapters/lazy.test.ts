import { lazy } from "../../lib/adapters/lazy.js";

class Counter {
  #count = 0;
  async add(one: number, other: number): Promise<number> {
    return await Promise.resolve((this.#count += one + other));
  }
}

it("GIVEN a store WHEN it is called THEN it is loaded once, with the first call", async () => {
  let loads = 0;
  const counter = lazy(async () => {
    loads++;
    return await Promise.resolve(new Counter());
  });
  // It is no promise, so it can be awaited as any other value.
  expect(await Promise.resolve(counter)).toBe(counter);
  expect(loads).toBe(0);
  expect(await Promise.all([counter.add(1, 2), counter.add(3, 4)])).toEqual([3, 10]);
  expect(loads).toBe(1);
});
