import type { TimerStore } from "../../domain/ports/timer-store.js";
import { dueId } from "../../domain/progress/records.js";
import { subscriptionKey } from "../../domain/subscription.js";
import { type MemoryStorage, answered, copy } from "./storage.js";
import type { Timer } from "../../domain/timer.js";

/** Sorts by the time that it is due at. */
const keyOf = ({ dueMs, subscription }: Timer): string => dueId(dueMs, subscriptionKey(subscription));

export const memoryTimerStore = ({ timers }: MemoryStorage): TimerStore => ({
  set: async (timer) => {
    await answered();
    timers.set(keyOf(timer), copy(timer));
  },
  due: async (untilMs, limit) => {
    await answered();
    const due: Timer[] = [];
    for (const timer of timers.values()) {
      if (timer.dueMs > untilMs || due.length === limit) break;
      due.push(copy(timer));
    }
    return due;
  },
  remove: async (timer) => {
    await answered();
    timers.delete(keyOf(timer));
  },
});
