import { type Schedule, scheduleTimer } from "../../domain/schedule.js";
import { SortedMap } from "./sorted-map.js";
import { type MemoryStorage, copy } from "./storage.js";
import { timerKeyOf } from "./timer-store.js";

/** By name. */
export const schedulesOf = (
  { schedules }: MemoryStorage,
  { uid }: { readonly uid: string },
): SortedMap<Schedule> => schedules.get(uid) ?? new SortedMap<Schedule>();

/** Whether the one that `schedule` is the next version of is there. */
export function holdsVersionBefore(storage: MemoryStorage, { topic, name, uid, version }: Schedule): boolean {
  const there = schedulesOf(storage, topic).get(name);
  return there?.uid === uid && there.version === version - 1;
}

/** Keeps only the topic's name and uid: callers may pass a whole topic. */
export function keepSchedule(storage: MemoryStorage, schedule: Schedule): void {
  const { name, uid } = schedule.topic;
  const all = schedulesOf(storage, { uid });
  storage.schedules.set(uid, all);
  all.set(schedule.name, copy({ ...schedule, topic: { name, uid } }));
}

export function setTimerOf({ timers }: MemoryStorage, schedule: Schedule): void {
  const timer = scheduleTimer(schedule);
  if (timer) timers.set(timerKeyOf(timer), copy(timer));
}
