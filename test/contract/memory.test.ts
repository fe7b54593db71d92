import { memoryLogStore } from "../../lib/adapters/memory/log-store.js";
import { memoryProgressStore } from "../../lib/adapters/memory/progress-store.js";
import { memoryLocks } from "../../lib/adapters/memory/locks.js";
import { memorySegmentStore } from "../../lib/adapters/memory/segment-store.js";
import { MemoryStorage } from "../../lib/adapters/memory/storage.js";
import { dynamoDbItemLimits } from "../../lib/adapters/dynamodb/items/item-limits.js";
import { memoryDeadLetterStore } from "../../lib/adapters/memory/dead-letter-store.js";
import { memoryRedriveJobs, memoryReplayJobs } from "../../lib/adapters/memory/redrive-jobs.js";
import { memoryDelayedStore } from "../../lib/adapters/memory/delayed-store.js";
import { memoryGarbageStore } from "../../lib/adapters/memory/garbage-store.js";
import { memoryScheduleStore } from "../../lib/adapters/memory/schedule-store.js";
import { memorySubscriptionStore } from "../../lib/adapters/memory/subscription-store.js";
import { memoryJournalStore } from "../../lib/adapters/memory/journal-store.js";
import { journalStoreContract } from "./journal-store.js";
import { memoryMarkStore } from "../../lib/adapters/memory/mark-store.js";
import { memoryTimerStore } from "../../lib/adapters/memory/timer-store.js";
import { memoryUpload, memoryUploadStore, uploadKeyIn } from "../../lib/adapters/memory/upload-store.js";
import { memoryTopicStore } from "../../lib/adapters/memory/topic-store.js";
import { SortedMap } from "../../lib/adapters/memory/sorted-map.js";
import { logStoreContract } from "./log-store.js";
import { memoryOutboxStore, putOutboxItem } from "../../lib/adapters/memory/outbox-store.js";
import { outboxEraseContract } from "./outbox-erase.js";
import { outboxFindContract } from "./outbox-find.js";
import { type WithOutbox, outboxStoreContract } from "./outbox-store.js";
import { logTakeContract } from "./log-take.js";
import { logTogetherContract } from "./log-together.js";
import { progressStoreContract } from "./progress-store.js";
import { deadLetterStoreContract } from "./dead-letter-store.js";
import { mendedCopiesContract } from "./mended-copies.js";
import { redriveJobsContract } from "./redrive-jobs.js";
import { replayJobsContract } from "./replay-jobs.js";
import { delayedStoreContract } from "./delayed-store.js";
import { locksContract } from "./locks.js";
import { scheduleStoreContract } from "./schedule-store.js";
import { segmentStoreContract } from "./segment-store.js";
import { uploadStoreContract } from "./upload-store.js";
import { subscriptionStoreContract } from "./subscription-store.js";
import { markStoreContract } from "./mark-store.js";
import { timerStoreContract } from "./timer-store.js";
import { topicStoreContract } from "./topic-store.js";

/** One storage for all: the contracts hold in company, as in tables that are shared. */
describe("in memory", () => {
  const storage = new MemoryStorage({ limits: dynamoDbItemLimits() });
  logStoreContract(async () => memoryLogStore(storage));
  logTakeContract(async () => ({
    log: memoryLogStore(storage),
    put: async ({ from, group, place }) => {
      const groups: Map<string, SortedMap<unknown>> = storage[from];
      const there = groups.get(group) ?? new SortedMap<unknown>();
      groups.set(group, there);
      there.set(place, {});
    },
    has: async ({ from, group, place }) => storage[from].get(group)?.get(place) !== undefined,
  }));
  const withOutbox = async (): Promise<WithOutbox> => ({
    outbox: memoryOutboxStore(storage),
    log: memoryLogStore(storage),
    commit: async (items) => {
      for (const item of items) putOutboxItem(storage, item);
      await Promise.resolve();
    },
  });
  outboxFindContract(withOutbox);
  outboxEraseContract(withOutbox);
  outboxStoreContract(withOutbox);
  segmentStoreContract(async () => memorySegmentStore(storage));
  uploadStoreContract(async () => ({
    uploads: memoryUploadStore(storage),
    segments: memorySegmentStore(storage),
    put: async ({ url, headers }, bytes) => {
      const contentType = headers["content-type"] ?? "";
      return await Promise.resolve(memoryUpload(storage, new URL(url), { bytes, contentType }) === undefined);
    },
    get: async (url) =>
      (await memorySegmentStore(storage).get(uploadKeyIn(new URL(url)))) ?? new Uint8Array(),
  }));
  topicStoreContract(async () => memoryTopicStore(storage));
  subscriptionStoreContract(async () => ({
    topics: memoryTopicStore(storage),
    subscriptions: memorySubscriptionStore(storage),
    garbage: memoryGarbageStore(storage),
  }));
  progressStoreContract(async () => memoryProgressStore(storage));
  deadLetterStoreContract(async () => ({
    progress: memoryProgressStore(storage),
    deadLetters: memoryDeadLetterStore(storage),
  }));
  mendedCopiesContract(async () => ({
    progress: memoryProgressStore(storage),
    deadLetters: memoryDeadLetterStore(storage),
  }));
  redriveJobsContract(async () => ({
    progress: memoryProgressStore(storage),
    redriveJobs: memoryRedriveJobs(storage),
    timers: memoryTimerStore(storage),
  }));
  replayJobsContract(async () => ({
    progress: memoryProgressStore(storage),
    redriveJobs: memoryRedriveJobs(storage),
    replayJobs: memoryReplayJobs(storage),
    timers: memoryTimerStore(storage),
  }));
  logTogetherContract(async () => ({
    log: memoryLogStore(storage),
    delayed: memoryDelayedStore(storage),
    timers: memoryTimerStore(storage),
  }));
  delayedStoreContract(async () => ({
    delayed: memoryDelayedStore(storage),
    timers: memoryTimerStore(storage),
    log: memoryLogStore(storage),
  }));
  scheduleStoreContract(async () => ({
    schedules: memoryScheduleStore(storage),
    topics: memoryTopicStore(storage),
    timers: memoryTimerStore(storage),
    log: memoryLogStore(storage),
  }));
  locksContract(async () => memoryLocks(storage));
  timerStoreContract(async () => memoryTimerStore(storage));
  journalStoreContract(async () => memoryJournalStore(storage));
  markStoreContract(async () => memoryMarkStore(storage));
});
