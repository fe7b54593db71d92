import { LookTimes } from "../../../lib/operations/push/look-times.js";
import { aTimedDeployment } from "../a-deployment.js";

const PAUSES = { pauseFromMs: 25, pauseUpToMs: 100 };

function times() {
  const { clock, process } = aTimedDeployment();
  const made = new LookTimes(process(), PAUSES);
  const pauseMs = (): number => Math.max(0, made.atMs - clock.nowMs());
  return { made, clock, pauseMs };
}

describe("the time of the next look", () => {
  it("is now at first, and after one that found something", () => {
    const { made } = times();
    made.foundNothing();
    made.found();
    expect([made.mayBegin, made.isDry, made.atMs]).toEqual([true, false, 0]);
  });

  it("is put off for longer each time that nothing is found, up to a limit", () => {
    const { made, pauseMs } = times();
    const pauses = [1, 2, 3, 4].map(() => {
      made.foundNothing();
      return pauseMs();
    });
    expect([pauses, made.isDry, made.mayBegin]).toEqual([[25, 50, 100, 100], true, false]);
  });

  it("is now again when all is looked at anew, unless the last look failed", () => {
    const { made, pauseMs } = times();
    made.foundNothing();
    made.anew();
    expect([made.isDry, made.mayBegin]).toEqual([false, true]);
    made.failed();
    made.anew();
    expect([made.isDry, pauseMs()]).toEqual([false, 250]);
    made.failed();
    expect(pauseMs()).toBe(500);
  });

  it("GIVEN the time at which something will be there THEN is no later, and not at once either", async () => {
    const { made, clock, pauseMs } = times();
    made.foundNothing();
    made.expect(clock.nowMs() + 40);
    expect([pauseMs(), made.isDry]).toEqual([25, true]);
    await clock.advance(25);
    made.foundNothing();
    expect(pauseMs()).toBe(15);
    await clock.advance(15);
    made.foundNothing();
    expect(pauseMs()).toBe(100);
  });

  it("GIVEN the time at which something will be there WHEN looks fail THEN is as late as after any failure", () => {
    const { made, clock, pauseMs } = times();
    made.failed();
    made.expect(clock.nowMs() + 40);
    expect(pauseMs()).toBe(250);
  });

  it("is random after a lost race, which says nothing about what is there", () => {
    const { made, pauseMs } = times();
    for (const limit of [8, 16, 32]) {
      made.lostRace();
      expect(pauseMs()).toBeGreaterThan(0);
      expect(pauseMs()).toBeLessThanOrEqual(limit);
    }
    expect(made.isDry).toBe(false);
  });

  it("is soon where memory was full", () => {
    const { made, pauseMs } = times();
    made.foundNoRoom();
    expect([pauseMs(), made.isDry]).toEqual([50, false]);
  });
});
