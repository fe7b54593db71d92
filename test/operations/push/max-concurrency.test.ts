import { aPush, allDone, publishMany } from "../a-push.js";
import { driven } from "../ports-around.js";

const sorted = (bodies: readonly string[]): string[] => [...bodies].sort();

describe("maxConcurrency", () => {
  it.each([
    ["in one partition", 20, 1_000, {}],
    ["of one", 1, 20, {}],
    ["in all partitions, in order", 10, 400, { ordering: "key" }],
  ] as const)("%s is reached and never exceeded: %i at once", async (_, maxConcurrency, count, topic) => {
    const batch = { maxMessages: 5, maxBytes: 262_144 };
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
});
