import type { Erasure } from "./message.js";
import { hashBelow } from "./hash.js";
import { type SubscriptionRef, subscriptionKey } from "./subscription.js";
import type { TopicRef } from "./topic.js";

interface Due {
  readonly dueMs: number;
  /** Consecutive failures of its work, which lengthen the pause before the next try. undefined: none. */
  readonly failures?: number;
}

/** To wake a subscription's pumps, or to go on with its redrive or its replay. */
export interface SubscriptionTimer extends Due {
  readonly kind: "wake-up" | "redrive" | "replay";
  readonly subscription: SubscriptionRef;
  /** The job that it goes on with. */
  readonly job?: string;
}

/** To publish a topic's delayed messages that are due. */
export interface DelayedTimer extends Due {
  readonly kind: "delayed";
  readonly topic: TopicRef;
  /** Below `DELAYED_TIMERS`: those who set timers for the same time at once seldom meet. */
  readonly part: number;
  /** Whoever sets it anew changes this, and so whoever has done its work before does not remove it. */
  readonly nonce: string;
}

/** To run a topic's schedule. */
export interface ScheduleTimer extends Due {
  readonly kind: "schedule";
  readonly topic: TopicRef;
  /** Its name. */
  readonly schedule: string;
  /** As of a delayed timer. */
  readonly nonce: string;
}

/** To take out again what was copied of an erased message while it was erased, and what a crash has left. */
export interface EraseTimer extends Due {
  readonly kind: "erase";
  readonly topic: TopicRef;
  /** The message's id. */
  readonly message: string;
  readonly erasure: Erasure;
}

/** Work that is due at a time. */
export type Timer = SubscriptionTimer | DelayedTimer | ScheduleTimer | EraseTimer;

export const DELAYED_TIMERS = 8;

/** The kinds that this version serves. Timers of other kinds are left to the newer version that set them. */
export const TIMER_KINDS: ReadonlySet<string> = new Set<Timer["kind"]>([
  "wake-up",
  "redrive",
  "replay",
  "delayed",
  "schedule",
  "erase",
]);

/**
 * Timers are spread over this many partition keys. One key takes 1,000 writes a second, and each timer needs two (set
 * and remove), so four keys take 2,000 timers a second. The clock reads all keys at each look, at most once a second,
 * so there are few.
 */
export const TIMER_KEYS = 4;

/** Together with its time, identifies a timer. */
export function timerName(timer: Timer): string {
  if (timer.kind === "delayed") return [timer.kind, timer.topic.name, timer.topic.uid, timer.part].join("#");
  if (timer.kind === "schedule")
    return [timer.kind, timer.topic.name, timer.topic.uid, timer.schedule].join("#");
  if (timer.kind === "erase") return [timer.kind, timer.topic.name, timer.topic.uid, timer.message].join("#");
  const { kind, subscription, job } = timer;
  return [kind, subscriptionKey(subscription), ...(job === undefined ? [] : [job])].join("#");
}

/** What a timer is for, in the words of the log. */
export function timerSubject(timer: Timer): Readonly<Record<string, string>> {
  if (timer.kind === "delayed") return { topic: timer.topic.name };
  if (timer.kind === "schedule") return { topic: timer.topic.name, schedule: timer.schedule };
  if (timer.kind === "erase") return { topic: timer.topic.name, id: timer.message };
  return { topic: timer.subscription.topic.name, subscription: timer.subscription.name };
}

/** By what whoever has read a timer knows that nobody has set it anew; undefined for those that mean the same then. */
export const nonceOf = (timer: Timer): string | undefined => ("nonce" in timer ? timer.nonce : undefined);

/** A timer's partition key. It depends only on the name, so that setting a timer twice sets it once. */
export const timerKey = (timer: Timer): number => hashBelow(timerName(timer), TIMER_KEYS);

const PAUSE_FROM_MS = 1_000;
/**
 * Longer than a clock waits for a timer, so that one that always fails keeps no clock running. Meanwhile the sweep does
 * its work.
 */
const PAUSE_UP_TO_MS = 5 * 60_000;

/** The same timer after another failure: later, so that it blocks no other. */
export function putOff<T extends Timer>(timer: T, nowMs: number): T {
  const failures = (timer.failures ?? 0) + 1;
  const pauseMs = Math.min(PAUSE_UP_TO_MS, PAUSE_FROM_MS * 2 ** (failures - 1));
  return { ...timer, dueMs: nowMs + pauseMs, failures };
}
