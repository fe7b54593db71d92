import { DELAYED_TIMERS, type DelayedTimer } from "../../domain/timer.js";
import type { Topic } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { CLOCK_EVERY_MS, startIdleClock } from "../push/start-clock.js";

/** The timer that leads to a topic's messages that are due at that time. */
export const delayedTimer = ({ random }: Engine, { name, uid }: Topic, dueMs: number): DelayedTimer => ({
  kind: "delayed",
  topic: { name, uid },
  part: random.below(DELAYED_TIMERS),
  nonce: random.nonce(),
  dueMs,
});

/** If something is due before the rule starts the next clock, a clock has to run. */
export async function startClockFor(engine: Engine, dueMs: number): Promise<void> {
  if (dueMs - engine.clock.nowMs() > CLOCK_EVERY_MS) return;
  try {
    await startIdleClock(engine);
  } catch (error) {
    // What is stored is stored: the rule's next clock finds it within a minute.
    engine.telemetry.event("clock-not-started", "warn", { error: String(error) });
  }
}

/** As the pause of a topic ends: its timers have been put off meanwhile. */
export async function publishWhatWaited(engine: Engine, topic: Topic): Promise<void> {
  const nowMs = engine.clock.nowMs();
  if ((await engine.delayed.due(topic, nowMs, 1)).length === 0) return;
  await engine.timers.set(delayedTimer(engine, topic, nowMs));
  await startClockFor(engine, nowMs);
}

/**
 * Longer than a clock waits for a timer: a topic that is paused keeps no clock running. What is put off falls on the
 * same times, so that few timers are left, however many came due.
 */
const PAUSED_LOOK_MS = 5 * 60_000;

/** When a timer of a topic that is paused is due again. */
export const laterWhilePaused = (nowMs: number): number =>
  Math.ceil((nowMs + PAUSED_LOOK_MS) / PAUSED_LOOK_MS) * PAUSED_LOOK_MS;
