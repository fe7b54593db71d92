import type { ScheduleStore } from "../../domain/ports/schedule-store.js";
import { SCHEDULES_AT_MOST, scheduleEntry } from "../../domain/schedule.js";
import { pageOf } from "./pages.js";
import { holdsVersionBefore, keepSchedule, schedulesOf, setTimerOf } from "./schedules.js";
import { type MemoryStorage, answered, copy } from "./storage.js";

export const memoryScheduleStore = (storage: MemoryStorage): ScheduleStore => ({
  create: async (schedule) => {
    await answered();
    const { topic, name, uid } = schedule;
    const all = schedulesOf(storage, topic);
    const there = all.get(name);
    if (there?.uid === uid) return { kind: "created" };
    if (there) return { kind: "exists", schedule: copy(there) };
    const entry = storage.topics.get(topic.name);
    if (entry?.kind !== "topic" || entry.topic.uid !== topic.uid) return { kind: "topic-gone" };
    if (all.size >= SCHEDULES_AT_MOST) return { kind: "too-many" };
    keepSchedule(storage, schedule);
    setTimerOf(storage, schedule);
    return { kind: "created" };
  },
  get: async (topic, name) => {
    await answered();
    const there = schedulesOf(storage, topic).get(name);
    return there && copy(there);
  },
  list: async (topic, page) => {
    await answered();
    return pageOf(schedulesOf(storage, topic), (one) => copy(scheduleEntry(one)), page);
  },
  update: async (schedule) => {
    await answered();
    if (!holdsVersionBefore(storage, schedule)) return "conflict";
    keepSchedule(storage, schedule);
    setTimerOf(storage, schedule);
    return "updated";
  },
  delete: async ({ topic, name, uid }, version) => {
    await answered();
    const all = schedulesOf(storage, topic);
    const there = all.get(name);
    if (there?.uid !== uid) return "gone";
    if (version !== undefined && there.version !== version) return "changed";
    all.delete(name);
    return "deleted";
  },
  purge: async (topic, limit) => {
    await answered();
    const all = schedulesOf(storage, topic);
    for (const name of all.firstKeys(limit)) all.delete(name);
    if (all.size > 0) return false;
    storage.schedules.delete(topic.uid);
    return true;
  },
});
