import type { SegmentStore } from "../../domain/ports/segment-store.js";
import { type MemoryStorage, answered, copyBytes } from "./storage.js";

export const memorySegmentStore = ({ segments }: MemoryStorage): SegmentStore => ({
  put: async (key, bytes) => {
    await answered();
    segments.set(key, copyBytes(bytes));
  },
  get: async (key) => {
    await answered();
    const bytes = segments.get(key);
    return bytes && copyBytes(bytes);
  },
  delete: async (key) => {
    await answered();
    segments.delete(key);
  },
});
