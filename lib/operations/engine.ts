import type { Asking, Dealt } from "../domain/asking.js";
import { GONE_FOR_MS } from "../domain/breaker.js";
import { LANE_WIDTH } from "../domain/lane.js";
import type { Parcel, ParcelResult } from "../domain/parcel.js";
import type { Clock } from "../domain/ports/clock.js";
import type { DeadLetterStore } from "../domain/ports/dead-letter-store.js";
import type { DelayedStore } from "../domain/ports/delayed-store.js";
import type { GarbageStore } from "../domain/ports/garbage-store.js";
import type { JournalStore } from "../domain/ports/journal-store.js";
import type { LogStore } from "../domain/ports/log-store.js";
import type { Finished, ProgressStore } from "../domain/ports/progress-store.js";
import type { MarkStore } from "../domain/ports/mark-store.js";
import type { OutboxStore } from "../domain/ports/outbox-store.js";
import type { Locks } from "../domain/ports/locks.js";
import type { Random } from "../domain/ports/random.js";
import type { RedriveJobs, ReplayJobs } from "../domain/ports/redrive-jobs.js";
import type { Schemas } from "../domain/ports/schemas.js";
import type { ScheduleStore } from "../domain/ports/schedule-store.js";
import type { SegmentStore } from "../domain/ports/segment-store.js";
import type { Starter } from "../domain/ports/starter.js";
import type { Subscriber } from "../domain/ports/subscriber.js";
import type { SubscriptionStore } from "../domain/ports/subscription-store.js";
import type { Telemetry } from "../domain/ports/telemetry.js";
import type { TimerStore } from "../domain/ports/timer-store.js";
import type { TopicStore } from "../domain/ports/topic-store.js";
import type { UploadStore } from "../domain/ports/upload-store.js";
import { UPLOAD_LIMIT_BYTES } from "../domain/upload.js";
import { Caches } from "./caches.js";
import { Gathering } from "./gathering.js";
import { MemoryBudget } from "./memory-budget.js";
import { News } from "./news.js";
import { UnderWay } from "./under-way.js";

/** Everything outside that the operations use. */
export interface Ports {
  readonly log: LogStore;
  readonly segments: SegmentStore;
  readonly uploads: UploadStore;
  readonly topics: TopicStore;
  readonly subscriptions: SubscriptionStore;
  readonly garbage: GarbageStore;
  readonly progress: ProgressStore;
  readonly deadLetters: DeadLetterStore;
  readonly redriveJobs: RedriveJobs;
  readonly replayJobs: ReplayJobs;
  readonly delayed: DelayedStore;
  readonly locks: Locks;
  readonly timers: TimerStore;
  readonly marks: MarkStore;
  readonly outbox: OutboxStore;
  readonly journal: JournalStore;
  readonly schemas: Schemas;
  readonly schedules: ScheduleStore;
  readonly starter: Starter;
  readonly subscriber: Subscriber;
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: Telemetry;
}

export interface Settings {
  /** Slots larger than this go to S3. The default is about where an S3 PUT becomes cheaper than DynamoDB writes. */
  readonly inlineLimitBytes: number;
  /** The largest body that may be uploaded; up to what one PUT of S3 takes. */
  readonly uploadLimitBytes: number;
  /** Memory for decoded messages: cached slots, messages read ahead, and deliveries. */
  readonly decodedBytes: number;
  /** The part of it for cached slots. @default an eighth */
  readonly slotCacheBytes?: number;
  /** The most deliveries that one pump keeps in flight; the same in all processes of a deployment. */
  readonly laneWidth: number;
  /**
   * With ordering: the most messages of a key that wait in its record, well within an item; what comes behind them
   * waits in the log.
   */
  readonly parkedAtMost: number;
  /** A topic with so many subscriptions has a roster; with fewer, a list costs hardly more. */
  readonly rosterFrom: number;
  /** The most messages that the relay moves in one transaction: with the slot and the anchor, fewer than 100 items. */
  readonly relayedTogether: number;
  /** So long a target says that it is gone, and nothing else, until its subscription is disabled. */
  readonly goneForMs: number;
  /** Whether large slots are unpacked in other threads. Off where time is a test's own: it would not wait for them. */
  readonly hasThreads: boolean;
  /** When the queue was given tables that had been restored (docs/restore.md); 0: never. */
  readonly restoredAtMs: number;
}

export const SETTINGS_DEFAULTS: Settings = {
  inlineLimitBytes: 10_240,
  uploadLimitBytes: UPLOAD_LIMIT_BYTES,
  decodedBytes: 256 * 1024 * 1024,
  laneWidth: LANE_WIDTH,
  parkedAtMost: 500,
  rosterFrom: 50,
  relayedTogether: 90,
  goneForMs: GONE_FOR_MS,
  hasThreads: false,
  restoredAtMs: 0,
};
const SLOT_CACHE_SHARE = 8;

/**
 * A process that runs operations: its ports, what it remembers between calls, and what they share. It can lose what it
 * remembers at any time.
 */
export interface Engine extends Ports {
  readonly settings: Settings;
  readonly caches: Caches;
  readonly budget: MemoryBudget;
  readonly news: News;
  /** The partitions that it is appending to. */
  readonly appends: UnderWay;
  /** The publishes in flight that share slots. */
  readonly packs: Gathering<Parcel, ParcelResult>;
  /** The receives in flight that take together. */
  readonly takes: Gathering<Asking, Dealt>;
  /** Timers whose topics' delayed messages are published together; with each, when it is due again, if it is. */
  readonly dues: Gathering<undefined, number | undefined>;
  /** Ids of the leases that end together. */
  readonly finishes: Gathering<string, Finished>;
}

export function createEngine(ports: Ports, settings: Partial<Settings> = {}): Engine {
  const all = { ...SETTINGS_DEFAULTS, ...settings };
  const slotCacheBytes = all.slotCacheBytes ?? Math.floor(all.decodedBytes / SLOT_CACHE_SHARE);
  const budget = new MemoryBudget(all.decodedBytes - slotCacheBytes);
  const turn = (): Promise<void> => ports.clock.turn();
  return {
    ...ports,
    settings: all,
    caches: new Caches(slotCacheBytes),
    budget,
    news: new News(),
    appends: new UnderWay(),
    packs: new Gathering(turn),
    takes: new Gathering(turn),
    dues: new Gathering(turn),
    finishes: new Gathering(turn),
  };
}
