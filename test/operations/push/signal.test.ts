import { memoryClock } from "../../../lib/adapters/memory/clock.js";
import { Signal } from "../../../lib/operations/push/signal.js";
import { START_MS } from "../a-deployment.js";

/** A wait, and whether it is over. */
function waiting(signal: Signal, atMostMs: number) {
  const state = { isOver: false };
  void signal.wait(atMostMs).then(() => (state.isOver = true));
  return state;
}

describe("a wait for a signal", () => {
  it("ends when it is raised, long before its time", async () => {
    const clock = memoryClock(START_MS);
    const signal = new Signal(clock);
    const wait = waiting(signal, 60_000);
    await clock.advance(10);
    expect(wait.isOver).toBe(false);
    signal.raise();
    await clock.advance(0);
    expect(wait.isOver).toBe(true);
  });

  it("ends after its time, and after a moment where that has passed", async () => {
    const clock = memoryClock(START_MS);
    const signal = new Signal(clock);
    const wait = waiting(signal, 100);
    await clock.advance(99);
    expect(wait.isOver).toBe(false);
    await clock.advance(1);
    expect(wait.isOver).toBe(true);
    const late = waiting(signal, -5);
    await clock.advance(1);
    expect(late.isOver).toBe(true);
  });

  it("ends at once where it was raised since the last one, and that counts once", async () => {
    const clock = memoryClock(START_MS);
    const signal = new Signal(clock);
    signal.raise();
    signal.raise();
    const first = waiting(signal, 60_000);
    await clock.advance(0);
    expect(first.isOver).toBe(true);
    const second = waiting(signal, 60_000);
    await clock.advance(59_999);
    expect(second.isOver).toBe(false);
  });
});
