import type { SegmentStore } from "../../domain/ports/segment-store.js";
import { type MemoryStorage, answered, copy } from "./storage.js";

export const memorySegmentStore = ({ segments }: MemoryStorage): SegmentStore => ({
  put: async (key, bytes) => {
    await answered();
    segments.set(key, copy(bytes));
  },
  get: async (key) => {
    await answered();
    const bytes = segments.get(key);
    return bytes && copy(bytes);
  },
});
