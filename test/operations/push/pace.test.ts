import { memoryClock } from "../../../lib/adapters/memory/clock.js";
import { Pace } from "../../../lib/operations/push/pace.js";

async function paced(...atMs: readonly number[]) {
  const clock = memoryClock(1_000);
  const pace = new Pace(clock, 250);
  for (const ms of atMs) {
    await clock.advance(1_000 + ms - clock.nowMs());
    pace.count();
  }
  return { clock, pace };
}

describe("a pace", () => {
  it("is what happened in the span that runs, or in the one before if that had more", async () => {
    const { clock, pace } = await paced(0, 1, 2);
    expect(pace.perSpan).toBe(3);
    await clock.advance(250);
    pace.count();
    expect(pace.perSpan).toBe(3);
    await clock.advance(250);
    expect(pace.perSpan).toBe(1);
  });

  it("is nothing after a span without anything", async () => {
    const { clock, pace } = await paced(0, 249);
    expect(pace.perSpan).toBe(2);
    await clock.advance(500);
    expect(pace.perSpan).toBe(0);
  });
});
