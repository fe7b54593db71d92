import { systemClock } from "../../../lib/adapters/system/clock.js";

const LONG_MS = 100 * 86_400_000;

describe("the system's clock", () => {
  it("is the machine's", () => {
    expect(Math.abs(systemClock.nowMs() - Date.now())).toBeLessThan(1_000);
  });

  it("sleeps as long as it is told, or a little longer", async () => {
    const startedMs = performance.now();
    await systemClock.sleep(20);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(18);
  });

  it("has let everything run that can run once a turn is over", async () => {
    let isThere = false;
    void Promise.resolve()
      .then(() => Promise.resolve())
      .then(() => (isThere = true));
    await systemClock.turn();
    expect(isThere).toBe(true);
  });

  it("wakes up as soon as it is told to", async () => {
    const stop = new AbortController();
    const slept = systemClock.sleep(LONG_MS, stop.signal);
    stop.abort();
    await expect(slept).resolves.toBeUndefined();
  });

  it("does not sleep where it was told before", async () => {
    await expect(systemClock.sleep(LONG_MS, AbortSignal.abort())).resolves.toBeUndefined();
  });

  it("sleeps on where the time is longer than a timer can be", async () => {
    const stop = new AbortController();
    let awake = false;
    const slept = systemClock.sleep(LONG_MS, stop.signal).then(() => (awake = true));
    await systemClock.sleep(10);
    expect(awake).toBe(false);
    stop.abort();
    await slept;
  });
});
