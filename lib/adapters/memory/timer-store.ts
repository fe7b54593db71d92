import type { Timer, TimerStore } from "../../domain/ports/timer-store.js";
import { subscriptionKey } from "../../domain/subscription.js";
import { type MemoryStorage, answered, copy } from "./storage.js";

const keyOf = ({ dueMs, subscription }: Timer): string => `${dueMs}#${subscriptionKey(subscription)}`;

export const memoryTimerStore = ({ timers }: MemoryStorage): TimerStore => ({
  set: async (timer) => {
    await answered();
    timers.set(keyOf(timer), copy(timer));
  },
  due: async (untilMs, limit) => {
    await answered();
    const due = [...timers.values()]
      .filter(({ dueMs }) => dueMs <= untilMs)
      .sort((a, b) => a.dueMs - b.dueMs);
    return copy(due.slice(0, limit));
  },
  remove: async (timer) => {
    await answered();
    timers.delete(keyOf(timer));
  },
});
