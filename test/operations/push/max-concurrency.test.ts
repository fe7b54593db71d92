import { changeSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { LANE_WIDTH } from "../a-deployment.js";
import { aPush, allDone, publishMany, running } from "../a-push.js";
import { driven } from "../ports-around.js";

const SECOND_MS = 1_000;
const sorted = (bodies: readonly string[]): string[] => [...bodies].sort();

describe("maxConcurrency", () => {
  it.each([
    ["in one partition", 20, 1_000, {}],
    ["of one", 1, 20, {}],
    ["in all partitions, in order", 10, 400, { ordering: "key" }],
  ] as const)("%s is reached and never exceeded: %i at once", async (_, maxConcurrency, count, topic) => {
    const batch = { maxMessages: 5, maxBytes: 262_144, windowSeconds: 0 };
    const push = await aPush({ maxConcurrency, batch }, topic);
    push.answerWith(async () => {
      await push.clock.sleep(2_000);
      return allDone;
    });
    const all = await publishMany(push.engine, count, 100, 64);
    const startMs = push.clock.nowMs();
    await driven(push.clock, push.pump());
    expect(sorted(push.done)).toEqual(sorted(all));
    expect(push.mostAtOnce()).toBe(maxConcurrency);
    // As many rounds of 2 s as there must be, with the starts and ends.
    const rounds = Math.ceil(count / 5 / maxConcurrency);
    if (!("ordering" in topic)) expect(push.clock.nowMs() - startMs).toBeLessThan(rounds * 2_000 + 3_000);
  });

  it("WHEN it is lowered to what one lane delivers THEN nothing is begun while more run, 10 s later", async () => {
    // GIVEN two full lanes, whose handlers take a while
    const push = await aPush({
      maxConcurrency: 2 * LANE_WIDTH,
      ackDeadlineSeconds: 400,
      batch: { maxMessages: 1, maxBytes: 1_024, windowSeconds: 0 },
    });
    let atWork = 0;
    const atStart: number[] = [];
    push.answerWith(async () => {
      atStart.push(++atWork);
      await push.clock.sleep((60 + (atStart.length % LANE_WIDTH)) * SECOND_MS);
      atWork--;
      return allDone;
    });
    const { stop } = running(push);
    const all = await publishMany(push.engine, 3 * LANE_WIDTH);
    await push.clock.advance(10 * SECOND_MS);
    expect(atWork).toBe(2 * LANE_WIDTH);
    // WHEN
    await changeSubscription(push.engine, "orders", "ship", { maxConcurrency: LANE_WIDTH / 2 });
    await push.clock.advance(10 * SECOND_MS);
    const begun = atStart.length;
    await push.clock.advance(20 * 60 * SECOND_MS);
    stop();
    // THEN
    expect(begun).toBe(2 * LANE_WIDTH);
    expect(Math.max(...atStart.slice(begun))).toBe(LANE_WIDTH / 2);
    expect(sorted(push.done)).toEqual(sorted(all));
  });
});
