import { backOff } from "../../lib/operations/contention.js";
import { aDeployment } from "./a-deployment.js";

/** The longest and the shortest that a process pauses after so many races. */
async function pauses(races: number): Promise<{ longest: number; shortest: number }> {
  const deployment = aDeployment();
  const engine = deployment.process();
  const taken: number[] = [];
  for (let time = 0; time < 300; time++) {
    const sinceMs = deployment.clock.nowMs();
    await backOff(engine, races);
    taken.push(deployment.clock.nowMs() - sinceMs);
  }
  return { longest: Math.max(...taken), shortest: Math.min(...taken) };
}

it.each([
  [1, 8],
  [2, 16],
  [5, 128],
])("after %i lost races the pause is any time up to %i ms", async (races, upToMs) => {
  const { longest, shortest } = await pauses(races);
  expect(longest).toBeLessThanOrEqual(upToMs);
  expect(longest).toBeGreaterThan(0.8 * upToMs);
  expect(shortest).toBeLessThan(Math.max(2, 0.2 * upToMs));
});

it("grows no further than half a second", async () => {
  const { longest } = await pauses(40);
  expect(longest).toBeLessThanOrEqual(512);
  expect(longest).toBeGreaterThan(400);
});
