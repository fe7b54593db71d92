import { findSubscription } from "../../../lib/operations/lookup.js";
import { Flights } from "../../../lib/operations/push/flights.js";
import { NextLane } from "../../../lib/operations/push/next-lane.js";
import type { SessionContext } from "../../../lib/operations/push/session-context.js";
import { suppliesFor } from "../../../lib/operations/push/session-supplies.js";
import { UNPACED } from "../../../lib/operations/push/pacing.js";
import { LANE_WIDTH } from "../a-deployment.js";
import { aPush } from "../a-push.js";

const SECOND_MS = 1_000;

/** A lane with `count` deliveries under way, of a subscription with two. */
async function aLane(lane: number, count: number) {
  const push = await aPush({ maxConcurrency: 2 * LANE_WIDTH });
  const { engine, clock, starter } = push;
  const reader = await findSubscription(engine, "orders", "ship");
  const flights = new Flights(engine, clock.nowMs() + 60 * SECOND_MS);
  Object.defineProperty(flights, "count", { value: count });
  const context = {
    ...{ engine, reader, lane, flights, hints: {}, deaths: 0, pacing: UNPACED },
    keeper: { taken: 0 },
  } as unknown as SessionContext;
  const fail = (): void => undefined;
  const supplies = suppliesFor(context, { width: LANE_WIDTH }, fail);
  return { clock, starter, supplies, next: new NextLane(context, LANE_WIDTH, fail) };
}

it.each([
  ["the first, with all of its deliveries under way,", 0, LANE_WIDTH, 1],
  ["the first, with room for more,", 0, LANE_WIDTH - 1, 0],
  ["the last", 1, LANE_WIDTH, 0],
])("of two lanes %s starts as many others: %#", async (_, lane, count, starts) => {
  const { next, supplies, clock, starter } = await aLane(lane, count);
  next.startIfWanted(supplies);
  next.startIfWanted(supplies);
  await clock.advance(1);
  expect(starter.startedPumps).toHaveLength(starts);
});

it("starts the next one less often while nothing ends, and as often as before once something does", async () => {
  const { next, supplies, clock, starter } = await aLane(0, LANE_WIDTH);
  const startsIn = async (seconds: number): Promise<number> => {
    const before = starter.startedPumps.length;
    for (let second = 0; second < seconds; second++) {
      next.startIfWanted(supplies);
      await clock.advance(SECOND_MS);
    }
    return starter.startedPumps.length - before;
  };
  expect(await startsIn(8)).toBe(4);
  next.moved();
  await startsIn(8);
  expect(await startsIn(4)).toBe(2);
});
