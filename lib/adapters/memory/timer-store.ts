import type { TimerStore } from "../../domain/ports/timer-store.js";
import { dueId } from "../../domain/progress/records.js";
import { TIMER_KINDS, type Timer, nonceOf, timerName } from "../../domain/timer.js";
import { type MemoryStorage, answered, copy } from "./storage.js";

/** Sorts by due time. */
export const timerKeyOf = (timer: Timer): string => dueId(timer.dueMs, timerName(timer));

export const memoryTimerStore = ({ timers }: MemoryStorage): TimerStore => ({
  set: async (timer) => {
    await answered();
    timers.set(timerKeyOf(timer), copy(timer));
  },
  due: async (untilMs, limit) => {
    await answered();
    const due: Timer[] = [];
    for (const timer of timers.values()) {
      if (timer.dueMs > untilMs || due.length === limit) break;
      if (TIMER_KINDS.has(timer.kind)) due.push(copy(timer));
    }
    return due;
  },
  replace: async (timer, later) => {
    await answered();
    if (!isStill(timers.get(timerKeyOf(timer)), timer)) return;
    timers.delete(timerKeyOf(timer));
    timers.set(timerKeyOf(later), copy(later));
  },
  remove: async (timer) => {
    await answered();
    if (isStill(timers.get(timerKeyOf(timer)), timer)) timers.delete(timerKeyOf(timer));
  },
});

/** It is there, and nobody has set it anew. */
const isStill = (there: Timer | undefined, timer: Timer): boolean =>
  there !== undefined && nonceOf(there) === nonceOf(timer);
