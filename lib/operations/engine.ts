import type { Clock } from "../domain/ports/clock.js";
import type { GarbageStore } from "../domain/ports/garbage-store.js";
import type { LogStore } from "../domain/ports/log-store.js";
import type { ProgressStore } from "../domain/ports/progress-store.js";
import type { Locks } from "../domain/ports/locks.js";
import type { Random } from "../domain/ports/random.js";
import type { SegmentStore } from "../domain/ports/segment-store.js";
import type { Starter } from "../domain/ports/starter.js";
import type { Subscriber } from "../domain/ports/subscriber.js";
import type { SubscriptionStore } from "../domain/ports/subscription-store.js";
import type { Telemetry } from "../domain/ports/telemetry.js";
import type { TimerStore } from "../domain/ports/timer-store.js";
import type { TopicStore } from "../domain/ports/topic-store.js";
import { Caches } from "./caches.js";

/** Everything outside that the operations act through. */
export interface Ports {
  readonly log: LogStore;
  readonly segments: SegmentStore;
  readonly topics: TopicStore;
  readonly subscriptions: SubscriptionStore;
  readonly garbage: GarbageStore;
  readonly progress: ProgressStore;
  readonly locks: Locks;
  readonly timers: TimerStore;
  readonly starter: Starter;
  readonly subscriber: Subscriber;
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: Telemetry;
}

export interface Settings {
  /** Bytes of a slot above which they go to S3: about where an S3 PUT gets cheaper than DynamoDB writes. */
  readonly inlineLimitBytes: number;
  /** Decoded slots kept in memory, in stored bytes. */
  readonly slotCacheBytes: number;
}

export const SETTINGS_DEFAULTS: Settings = { inlineLimitBytes: 10_240, slotCacheBytes: 64 * 1024 * 1024 };

/** One process that runs operations: the ports, and what it remembers between calls (never more than a saving). */
export interface Engine extends Ports {
  readonly settings: Settings;
  readonly caches: Caches;
}

export function createEngine(ports: Ports, settings: Partial<Settings> = {}): Engine {
  const all = { ...SETTINGS_DEFAULTS, ...settings };
  return { ...ports, settings: all, caches: new Caches(all.slotCacheBytes) };
}
