import fc from "fast-check";
import { SortedMap } from "../../../lib/adapters/memory/sorted-map.js";

const key = fc.constantFrom("", "a", "aa", "ab", "b", "ba", "c", "z", "~");
const command = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), key, value: fc.nat() }),
  fc.record({ kind: fc.constant("delete" as const), key }),
);

it("a sorted map is a map, in the order of its keys, from any place on", () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), key, (commands, after) => {
      const map = new SortedMap<number>();
      const model = new Map<string, number>();
      for (const step of commands) {
        if (step.kind === "set") {
          map.set(step.key, step.value);
          model.set(step.key, step.value);
        } else expect(map.delete(step.key)).toBe(model.delete(step.key));
      }
      const expected = [...model].sort(([a], [b]) => (a < b ? -1 : 1));
      expect(map.size).toBe(model.size);
      expect([...map.entries()]).toEqual(expected);
      expect([...map.values()]).toEqual(expected.map(([, value]) => value));
      expect([...map.entries(after)]).toEqual(expected.filter(([name]) => name > after));
      expect(map.firstKeys(2)).toEqual(expected.slice(0, 2).map(([name]) => name));
      expect(map.get(after)).toBe(model.get(after));
    }),
  );
});
