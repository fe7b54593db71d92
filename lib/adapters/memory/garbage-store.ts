import { type Garbage, garbageName } from "../../domain/garbage.js";
import type { GarbageStore } from "../../domain/ports/garbage-store.js";
import { dueId } from "../../domain/progress/records.js";
import { pageOf } from "./pages.js";
import { type MemoryStorage, answered, copy } from "./storage.js";

/** Sorts by time of deletion. */
const keyOf = (garbage: Garbage): string => dueId(garbage.deletedAtMs, garbageName(garbage));

/** Notes what was deleted, to be purged later. */
export const noteGarbage = ({ garbage }: MemoryStorage, note: Garbage): void =>
  void garbage.set(keyOf(note), copy(note));

export const memoryGarbageStore = ({ garbage }: MemoryStorage): GarbageStore => ({
  list: async (page) => {
    await answered();
    return pageOf(garbage, copy, page);
  },
  forget: async (note) => {
    await answered();
    garbage.delete(keyOf(note));
  },
});
