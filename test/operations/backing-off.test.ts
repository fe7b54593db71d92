import { backingOffNow } from "../../lib/operations/backing-off.js";

it("takes the time and chance from the process's ports", () => {
  const random = { below: (below: number) => below - 1, nonce: () => "" };
  const clock = { nowMs: () => 42 } as Parameters<typeof backingOffNow>[0]["clock"];
  const { nowMs, below } = backingOffNow({ clock, random });
  expect([nowMs, below(10)]).toEqual([42, 9]);
});
