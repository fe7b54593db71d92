import { memoryClock } from "../../../lib/adapters/memory/clock.js";

const START_MS = 1_790_000_000_000;

describe("a clock that its test moves", () => {
  it("stands still until it is moved", async () => {
    const clock = memoryClock(START_MS);
    expect(clock.nowMs()).toBe(START_MS);
    await clock.advance(1_500);
    expect(clock.nowMs()).toBe(START_MS + 1_500);
  });

  it("wakes sleepers in the order of their times, each at its own", async () => {
    // GIVEN
    const clock = memoryClock(START_MS);
    const woken: [string, number][] = [];
    const sleep = async (name: string, ms: number): Promise<void> => {
      await clock.sleep(ms);
      woken.push([name, clock.nowMs() - START_MS]);
    };
    const sleepers = [
      sleep("late", 300),
      sleep("soon", 100),
      sleep("too late", 1_001),
      sleep("as soon", 100),
    ];
    // WHEN
    await clock.advance(1_000);
    // THEN
    expect(woken).toEqual([
      ["soon", 100],
      ["as soon", 100],
      ["late", 300],
    ]);
    await clock.advance(1);
    await Promise.all(sleepers);
    expect(woken.at(-1)).toEqual(["too late", 1_001]);
  });

  it("lets a sleeper that wakes go on, and sleep again, before the next one", async () => {
    // GIVEN
    const clock = memoryClock(START_MS);
    const beats: number[] = [];
    const stop = new AbortController();
    const heart = (async () => {
      while (!stop.signal.aborted) {
        await clock.sleep(100, stop.signal);
        beats.push(clock.nowMs() - START_MS);
      }
    })();
    // WHEN
    await clock.advance(450);
    // THEN
    expect(beats).toEqual([100, 200, 300, 400]);
    stop.abort();
    await heart;
  });

  it("wakes a sleeper that is called off at once, and one that was called off before, and never rejects", async () => {
    const clock = memoryClock(START_MS);
    const stop = new AbortController();
    const sleeping = clock.sleep(1_000, stop.signal);
    stop.abort();
    await expect(sleeping).resolves.toBeUndefined();
    await expect(clock.sleep(1_000, stop.signal)).resolves.toBeUndefined();
    expect(clock.nowMs()).toBe(START_MS);
  });

  it.each([0, -5])("keeps nobody who sleeps %i ms", async (ms) => {
    await expect(memoryClock(START_MS).sleep(ms)).resolves.toBeUndefined();
  });
});
