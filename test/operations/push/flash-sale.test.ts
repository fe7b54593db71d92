import { BEARS_PER_SECOND, DELIVERING } from "../../../examples/flash-sale/limits.js";
import { mostInASecond } from "../../../examples/flash-sale/report.js";
import { type Push, aPush, allDone, publishMany, running } from "../a-push.js";

const SECOND_MS = 1_000;
const ORDERS = 5_000;

/** A back end that is behind a way of up to so long; `at`: when each order reached it. */
function aBackEnd(push: Push, wayMs: number): readonly number[] {
  const at: number[] = [];
  let calls = 0;
  push.answerWith(async (messages) => {
    // Long and short ways take turns, so that what starts later may arrive sooner.
    await push.clock.sleep(calls++ % 3 === 0 ? wayMs : 1);
    at.push(...messages.map(() => push.clock.nowMs()));
    await push.clock.sleep(10);
    return allDone;
  });
  return at;
}

it.each([1, 120, 900])(
  "GIVEN 5,000 orders at once WHEN the way to the back end takes up to %i ms THEN no second has more than it bears",
  async (wayMs) => {
    const { maxConcurrency, rateLimitPerSecond, batchMaxMessages } = DELIVERING;
    const batch = { maxMessages: batchMaxMessages, maxBytes: 65_536, windowSeconds: 0 };
    const push = await aPush({ maxConcurrency, rateLimitPerSecond, batch });
    const at = aBackEnd(push, wayMs);
    const { stop } = running(push);
    const sinceMs = push.clock.nowMs();
    const all = await publishMany(push.engine, ORDERS);
    await push.clock.advance(300 * SECOND_MS);
    stop();
    expect(mostInASecond(at)).toBeLessThanOrEqual(BEARS_PER_SECOND);
    // The rate decides, until the way takes longer than what the rate leaves between two deliveries.
    if (wayMs > 200) return;
    expect(new Set(push.done)).toEqual(new Set(all));
    const tookMs = Math.max(...at) - sinceMs;
    expect((SECOND_MS * ORDERS) / tookMs).toBeGreaterThanOrEqual(0.9 * rateLimitPerSecond);
  },
);
