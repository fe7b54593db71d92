import { type Mark, markName } from "../../lib/domain/mark.js";
import type { MarkStore } from "../../lib/domain/ports/mark-store.js";
import { NOW_MS, aTopic, refOf, unique } from "./builders.js";

const aMark = (fields: Partial<Mark> = {}): Mark => ({
  topic: refOf(aTopic()),
  version: unique("v"),
  setAtMs: NOW_MS,
  ...fields,
});
const byName = (a: Mark, b: Mark): number => (markName(a.topic) < markName(b.topic) ? -1 : 1);

/** What every {@link MarkStore} promises. */
export function markStoreContract(make: () => Promise<MarkStore>): void {
  describe("a mark store", () => {
    it("has the mark of a topic's life as it was set last, and none of another life", async () => {
      // GIVEN
      const marks = await make();
      const mark = aMark();
      expect(await marks.get(mark.topic)).toBeUndefined();
      await marks.set(aMark({ topic: mark.topic, nextLookMs: NOW_MS + 1 }));
      // WHEN
      await marks.set(mark);
      // THEN
      expect(await marks.get(mark.topic)).toEqual(mark);
      expect(await marks.get({ ...mark.topic, uid: aTopic().uid })).toBeUndefined();
    });

    it("keeps a younger mark where an older one lands late", async () => {
      const marks = await make();
      const young = aMark({ setAtMs: NOW_MS + 1 });
      await marks.set(young);
      await marks.set({ ...young, version: unique("v"), setAtMs: NOW_MS });
      expect(await marks.get(young.topic)).toEqual(young);
    });

    it("keeps of a topic no more than the name of its life", async () => {
      const marks = await make();
      const topic = aTopic();
      await marks.set(aMark({ topic }));
      expect((await marks.get(topic))?.topic).toEqual(refOf(topic));
    });

    it("lists the marks by name, page by page", async () => {
      // GIVEN
      const marks = await make();
      const ours = Array.from({ length: 12 }, () => aMark()).sort(byName);
      await Promise.all(ours.map((mark) => marks.set(mark)));
      // WHEN
      const listed: Mark[] = [];
      let cursor: string | undefined;
      do {
        const page = await marks.list({ limit: 5, ...(cursor ? { cursor } : {}) });
        expect(page.items.length).toBeLessThanOrEqual(5);
        listed.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor);
      // THEN
      expect(listed).toEqual([...listed].sort(byName));
      const versions = new Set(ours.map(({ version }) => version));
      expect(listed.filter(({ version }) => versions.has(version))).toEqual(ours);
    });

    it("does not take any text for a cursor", async () => {
      const marks = await make();
      await expect(marks.list({ limit: 1, cursor: "not a cursor" })).rejects.toMatchObject({
        code: "invalid-request",
      });
    });

    it("puts off, and removes, the mark that was read, and no other that was set since", async () => {
      // GIVEN
      const marks = await make();
      const [old, young] = [aMark(), aMark()].map((mark, _, [first]) => ({
        ...mark,
        topic: first?.topic ?? mark.topic,
      }));
      if (!old || !young) throw new Error("there are two");
      await marks.set(old);
      await marks.set(young);
      // THEN
      expect([await marks.putOff(old, NOW_MS), await marks.remove(old)]).toEqual(["changed", "changed"]);
      expect(await marks.get(young.topic)).toEqual(young);
      expect(await marks.putOff(young, NOW_MS + 7)).toBe("put-off");
      expect(await marks.get(young.topic)).toEqual({ ...young, nextLookMs: NOW_MS + 7 });
      expect(await marks.remove(young)).toBe("removed");
      expect(await marks.get(young.topic)).toBeUndefined();
      expect([await marks.putOff(young, NOW_MS), await marks.remove(young)]).toEqual(["changed", "changed"]);
    });
  });
}
