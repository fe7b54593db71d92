import { ERASED_WHY, type OutboxMessage, outboxShardKey } from "../../lib/domain/outbox.js";
import { aPartition, aSlot, NOW_MS } from "./builders.js";
import { type Item, type WithOutbox, aTopicName, itemOf, refOf } from "./outbox-store.js";

const BY = { atMs: NOW_MS + 5, by: "arn:aws:iam::123456789012:role/operator" };

/** What is erased on its way into the log. */
export function outboxEraseContract(make: () => Promise<WithOutbox>): void {
  const withItems = async (...bodies: readonly string[]) => {
    const { outbox, log, commit } = await make();
    const topic = aTopicName();
    const items = bodies.map((body) => itemOf(topic, { body, key: "k", tag: body, businessKey: body }));
    await commit(items);
    const refused = async () => (await outbox.refused(topic, { limit: 5 })).items;
    return { outbox, log, topic, refs: items.map(refOf), refused };
  };
  const left = { content: undefined, why: ERASED_WHY, erased: BY };

  describe("erases", () => {
    it("a message that waits, once, and keeps that and nothing else", async () => {
      // GIVEN
      const { outbox, log, topic, refs, refused } = await withItems("ada", "bob");
      const [ref, other] = refs as [OutboxMessage, OutboxMessage];
      // WHEN
      const outcomes = await Promise.all([1, 2, 3].map(() => outbox.erase(ref, BY)));
      // THEN
      expect([...outcomes].sort()).toEqual(["erased", "gone", "gone"]);
      expect(await outbox.find(topic, ref.name)).toBeUndefined();
      expect((await outbox.oldest(ref)).messages.map(({ name }) => name)).toEqual([other.name]);
      const kept = await refused();
      expect(kept).toEqual([expect.objectContaining({ ...ref, ...left, refusedAtMs: BY.atMs })]);
      expect(JSON.stringify(kept)).not.toContain("ada");
      expect(kept[0]).not.toHaveProperty("fault");
      const take = { kind: "take", from: "outbox", group: outboxShardKey(ref), place: ref.name } as const;
      expect((await log.append(aPartition(), aSlot(), { beside: [take] })).kind).toBe("refused");
      expect(await outbox.refuse(ref, "late", NOW_MS)).toBe("gone");
    });

    it("one that was refused, in its place, as often as it is asked to", async () => {
      // GIVEN
      const { outbox, refs, refused } = await withItems("ada", "bob");
      for (const [at, ref] of refs.entries())
        await outbox.refuse(ref, `${["ada", "bob"][at]} is not allowed`, NOW_MS);
      const [first] = (await refused()).filter(({ name }) => name === refs[0]?.name);
      // WHEN
      const outcomes = [];
      for (let time = 0; time < 2; time++) outcomes.push(await outbox.erase(first ?? (refs[0] as never), BY));
      // THEN
      expect(outcomes).toEqual(["erased", "erased"]);
      const kept = await refused();
      expect(kept).toHaveLength(2);
      expect(kept).toContainEqual(expect.objectContaining({ ...refs[0], ...left, refusedAtMs: NOW_MS }));
      expect(JSON.stringify(kept)).not.toContain("ada");
      expect(kept.filter(({ erased }) => erased)).toHaveLength(1);
    });

    it("nothing that is not there", async () => {
      const { outbox, refs, refused } = await withItems("ada");
      const [ref] = refs as [OutboxMessage];
      expect(await outbox.erase({ ...ref, name: "another" }, BY)).toBe("gone");
      const neverRefused = { ...ref, content: undefined, sizeBytes: 0, why: "", refusedAtMs: NOW_MS };
      expect(await outbox.erase(neverRefused, BY)).toBe("gone");
      expect(await refused()).toEqual([]);
    });

    it("what a stranger has put there, whose attributes do not make it an erased one", async () => {
      // GIVEN
      const { outbox, commit } = await make();
      const topic = aTopicName();
      const item: Item = { ...itemOf(topic, { body: "ada" }), e: 1, by: "me", why: ERASED_WHY, sk: "語" };
      await commit([item]);
      // WHEN
      await outbox.refuse(refOf(item), "it is wrong", NOW_MS);
      // THEN
      const [refused] = (await outbox.refused(topic, { limit: 5 })).items;
      expect(refused).not.toHaveProperty("erased");
      expect(refused && (await outbox.erase(refused, BY))).toBe("erased");
      expect((await outbox.refused(topic, { limit: 5 })).items).toMatchObject([left]);
    });
  });
}
