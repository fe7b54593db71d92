import { memoryClock } from "../../../lib/adapters/memory/clock.js";
import { ReadPace } from "../../../lib/operations/push/read-pace.js";

const NOW_MS = 1_790_000_000_000;
const MB = 1_024 * 1_024;

describe("the pace of a partition's reads", () => {
  it("wants twice as much after each read that was filled, up to 8 MB, and little again after one that was not", () => {
    const pace = new ReadPace(memoryClock(NOW_MS));
    const wanted = [true, true, true, true, false].map((isFilled) => {
      pace.foundSome(isFilled);
      return pace.wantedBytes / MB;
    });
    expect(wanted).toEqual([2, 4, 8, 8, 1]);
  });

  it("rests twice as long after each read in vain, up to 200 ms, and not at all once it found something", async () => {
    const clock = memoryClock(NOW_MS);
    const pace = new ReadPace(clock);
    expect(pace.isResting).toBe(false);
    for (const ms of [25, 50, 100, 200, 200]) {
      pace.foundNothing();
      await clock.advance(ms - 1);
      expect(pace.isResting).toBe(true);
      await clock.advance(1);
      expect(pace.isResting).toBe(false);
    }
    pace.foundNothing();
    pace.foundSome(false);
    expect(pace.isResting).toBe(false);
  });

  it("rests no longer than until the next look, where messages come often", async () => {
    const clock = memoryClock(NOW_MS);
    const pace = new ReadPace(clock, () => 30);
    for (let empties = 0; empties < 5; empties++) pace.foundNothing();
    await clock.advance(15);
    expect(pace.isResting).toBe(false);
  });

  it("is sick for longer after each failure in a row, up to half a minute", async () => {
    const clock = memoryClock(NOW_MS);
    const pace = new ReadPace(clock);
    for (const ms of [250, 500, 1_000]) {
      pace.failed();
      await clock.advance(ms - 1);
      expect(pace.isSick).toBe(true);
      await clock.advance(1);
      expect(pace.isSick).toBe(false);
    }
    pace.foundNothing();
    pace.failed();
    await clock.advance(250);
    expect(pace.isSick).toBe(false);
  });
});
