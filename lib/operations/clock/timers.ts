import { subscriptionKey } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import type { Timer } from "../../domain/timer.js";
import { isPushable } from "../../domain/lane.js";
import { startIdlePumps } from "../push/start-pumps.js";
import { CLOCK, CLOCK_EVERY_MS } from "../push/wake-up-timer.js";
import { MARGIN_MS } from "./margin.js";
const TIMERS_AT_ONCE = 100;

const CLOCK_LEASE_MS = 15_000;

/** Outlives two renewals that go wrong; each is a write, so not at every step. */
export const CLOCK_RENEW_MS = 5_000;

/** A step waits no longer than this, so that a timer which is set meanwhile is at most a second late. */
export const STEP_MS = 1_000;

/** A timer that fails is tried again, but not in a tight loop. */
export const STEP_AT_LEAST_MS = 50;

/**
 * Stays only while something is due within the minute. Whoever sets a timer and finds it at work did so before its
 * last look.
 */
export async function serveTimers(engine: Engine, { deadlineMs }: { deadlineMs: number }): Promise<void> {
  const { locks, timers, clock, random } = engine;
  const owner = random.nonce();
  const lastMs = Math.min(deadlineMs - MARGIN_MS, clock.nowMs() + CLOCK_EVERY_MS);
  while (clock.nowMs() < lastMs) {
    const acquired = await locks.acquire(CLOCK, owner, clock.nowMs(), clock.nowMs() + CLOCK_LEASE_MS);
    if (acquired.kind === "held") return;
    await serveUntilQuiet(engine, owner, lastMs);
    await locks.release(CLOCK, owner);
    if ((await timers.due(clock.nowMs() + CLOCK_EVERY_MS, 1)).length === 0) return;
  }
}

async function serveUntilQuiet(engine: Engine, owner: string, lastMs: number): Promise<void> {
  const { locks, timers, clock } = engine;
  let renewAtMs = clock.nowMs() + CLOCK_RENEW_MS;
  while (clock.nowMs() < lastMs) {
    const soon = await timers.due(clock.nowMs() + CLOCK_EVERY_MS, TIMERS_AT_ONCE);
    const next = soon[0];
    if (!next) return;
    await Promise.all(soon.filter(({ dueMs }) => dueMs <= clock.nowMs()).map((timer) => fire(engine, timer)));
    await clock.sleep(Math.min(STEP_MS, Math.max(STEP_AT_LEAST_MS, next.dueMs - clock.nowMs())));
    if (clock.nowMs() < renewAtMs) continue;
    renewAtMs = clock.nowMs() + CLOCK_RENEW_MS;
    if ((await locks.renew(CLOCK, owner, clock.nowMs() + CLOCK_LEASE_MS, true)) === "lost") return;
  }
}

/** The timer goes after the start: a crash between the two starts a pump once too often, which is harmless. */
export async function fire(engine: Engine, timer: Timer): Promise<void> {
  const { topics, subscriptions, timers, telemetry } = engine;
  try {
    const topic = await topics.get(timer.subscription.topic.name);
    const subscription = topic && (await subscriptions.get(topic, timer.subscription.name));
    const isSame = subscription && subscriptionKey(subscription) === subscriptionKey(timer.subscription);
    if (topic && isSame && isPushable({ topic, subscription })) await startIdlePumps(engine, subscription);
    await timers.remove(timer);
  } catch (error) {
    telemetry.event("timer-failed", "warn", { subscription: timer.subscription.name, error: String(error) });
  }
}
