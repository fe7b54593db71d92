import type { Subscription } from "../../domain/subscription.js";
import { subscriptionKey } from "../../domain/subscription.js";
import type { Timer } from "../../domain/ports/timer-store.js";
import type { Topic } from "../../domain/topic.js";
import type { Instance } from "../engine.js";
import { purgeGarbage } from "./purge-garbage.js";
import { CLOCK, CLOCK_EVERY_MS, hasWork, isPushable, pushSubscriptions, startIdlePumps } from "../push/wake.js";

const TOPICS_PAGE = 100;
const TIMERS_AT_ONCE = 100;
const CLOCK_LEASE_MS = 15_000;
/** Outlives two renewals that go wrong; each is a write, so not at every step. */
const CLOCK_RENEW_MS = 5_000;
/** A step waits no longer than this, so that a timer which is set meanwhile is at most a second late. */
const STEP_MS = 1_000;
/** A timer that fails is tried again, but not in a tight loop. */
const STEP_AT_LEAST_MS = 50;
const MARGIN_MS = 2_000;

/** What the rule starts once a minute: makes up for whatever was lost, then serves the timers. */
export async function tick(instance: Instance, options: { deadlineMs: number }): Promise<void> {
  await sweep(instance, options);
  await serveTimers(instance, options);
}

/**
 * Looks after every push subscription: a doorbell that never rang and a pump that died cost no more than until here.
 */
export async function sweep(instance: Instance, { deadlineMs }: { deadlineMs: number }): Promise<void> {
  let cursor: string | undefined;
  do {
    const page = await instance.topics.list({ limit: TOPICS_PAGE, ...(cursor ? { cursor } : {}) });
    for (const topic of page.items) {
      if (instance.clock.nowMs() > deadlineMs - MARGIN_MS) return tooMuch(instance, topic);
      await sweepTopic(instance, topic);
    }
    cursor = page.nextCursor;
  } while (cursor);
  await purgeGarbage(instance, deadlineMs - MARGIN_MS);
}

function tooMuch({ telemetry }: Instance, topic: Topic): void {
  telemetry.event("sweep-unfinished", "warn", { stoppedBefore: topic.name });
}

/** One topic that cannot be swept keeps no other from it. */
async function sweepTopic(instance: Instance, topic: Topic): Promise<void> {
  try {
    const pushed = await pushSubscriptions(instance, topic);
    await Promise.all(pushed.map((subscription) => sweepSubscription(instance, topic, subscription)));
  } catch (error) {
    instance.telemetry.event("sweep-failed", "error", { topic: topic.name, error: String(error) });
  }
}

async function sweepSubscription(
  instance: Instance,
  topic: Topic,
  subscription: Subscription,
): Promise<void> {
  if (await hasWork(instance, topic, subscription, () => true)) await startIdlePumps(instance, subscription);
}

/**
 * Stays only while something is due within the minute. Whoever sets a timer and finds it at work did so before its
 * last look.
 */
export async function serveTimers(instance: Instance, { deadlineMs }: { deadlineMs: number }): Promise<void> {
  const { pumpLeases, timers, clock, random } = instance;
  const owner = random.nonce();
  const lastMs = Math.min(deadlineMs - MARGIN_MS, clock.nowMs() + CLOCK_EVERY_MS);
  while (clock.nowMs() < lastMs) {
    const acquired = await pumpLeases.acquire(CLOCK, owner, clock.nowMs(), clock.nowMs() + CLOCK_LEASE_MS);
    if (acquired.kind === "held") return;
    await serveUntilQuiet(instance, owner, lastMs);
    await pumpLeases.release(CLOCK, owner);
    if ((await timers.due(clock.nowMs() + CLOCK_EVERY_MS, 1)).length === 0) return;
  }
}

async function serveUntilQuiet(instance: Instance, owner: string, lastMs: number): Promise<void> {
  const { pumpLeases, timers, clock } = instance;
  let renewAtMs = clock.nowMs() + CLOCK_RENEW_MS;
  while (clock.nowMs() < lastMs) {
    const soon = await timers.due(clock.nowMs() + CLOCK_EVERY_MS, TIMERS_AT_ONCE);
    const next = soon[0];
    if (!next) return;
    await Promise.all(
      soon.filter(({ dueMs }) => dueMs <= clock.nowMs()).map((timer) => fire(instance, timer)),
    );
    await clock.sleep(Math.min(STEP_MS, Math.max(STEP_AT_LEAST_MS, next.dueMs - clock.nowMs())));
    if (clock.nowMs() < renewAtMs) continue;
    renewAtMs = clock.nowMs() + CLOCK_RENEW_MS;
    if ((await pumpLeases.renew(CLOCK, owner, clock.nowMs() + CLOCK_LEASE_MS, true)) === "lost") return;
  }
}

/** The timer goes after the start: a crash between the two starts a pump once too often, which is harmless. */
async function fire(instance: Instance, timer: Timer): Promise<void> {
  const { topics, subscriptions, timers, telemetry } = instance;
  try {
    const topic = await topics.get(timer.subscription.topic.name);
    const subscription = topic && (await subscriptions.get(topic, timer.subscription.name));
    const isSame = subscription && subscriptionKey(subscription) === subscriptionKey(timer.subscription);
    if (topic && isSame && isPushable(topic, subscription)) await startIdlePumps(instance, subscription);
    await timers.remove(timer);
  } catch (error) {
    telemetry.event("timer-failed", "warn", { subscription: timer.subscription.name, error: String(error) });
  }
}
