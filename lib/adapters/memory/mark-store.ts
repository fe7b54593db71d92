import { type Mark, markName } from "../../domain/mark.js";
import type { MarkStore } from "../../domain/ports/mark-store.js";
import { pageOf } from "./pages.js";
import { type MemoryStorage, answered, copy } from "./storage.js";

export function memoryMarkStore({ marks }: MemoryStorage): MarkStore {
  /** Of a caller's topic, which may be a whole one, only the name of its life is kept. */
  const set = (mark: Mark): void =>
    void marks.set(
      markName(mark.topic),
      copy({ ...mark, topic: { name: mark.topic.name, uid: mark.topic.uid } }),
    );
  const isStill = ({ topic, version }: Mark): boolean => marks.get(markName(topic))?.version === version;
  return {
    list: async (page) => {
      await answered();
      return pageOf(marks, copy, page);
    },
    get: async (topic) => {
      await answered();
      return copy(marks.get(markName(topic)));
    },
    set: async (mark) => {
      await answered();
      if ((marks.get(markName(mark.topic))?.setAtMs ?? 0) <= mark.setAtMs) set(mark);
    },
    putOff: async (mark, nextLookMs) => {
      await answered();
      if (!isStill(mark)) return "changed";
      set({ ...mark, nextLookMs });
      return "put-off";
    },
    remove: async (mark) => {
      await answered();
      if (!isStill(mark)) return "changed";
      marks.delete(markName(mark.topic));
      return "removed";
    },
  };
}
