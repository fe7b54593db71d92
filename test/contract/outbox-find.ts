import { NOW_MS } from "./builders.js";
import { type Item, type WithOutbox, aTopicName, itemOf, refOf } from "./outbox-store.js";

/** A message of the outbox is found by its name alone, as a look-up by its id needs it. */
export function outboxFindContract(make: () => Promise<WithOutbox>): void {
  describe("a message of an outbox", () => {
    it("finds a message by its name in whichever shard it waits, until it is taken or refused", async () => {
      // GIVEN
      const { outbox, commit } = await make();
      const topic = aTopicName();
      const items = ["a", "b", "c"].map((key) => itemOf(topic, { body: key, key }));
      // WHEN
      await commit(items);
      // THEN
      for (const item of items) {
        const found = await outbox.find(topic, String(item["sk"]));
        expect(found).toEqual(
          (await outbox.oldest(refOf(item))).messages.find(({ name }) => name === item["sk"]),
        );
        expect(found).toMatchObject({ ...refOf(item), content: { contentType: "application/json" } });
      }
      const [first] = items as [Item];
      expect(await outbox.find(aTopicName(), String(first["sk"]))).toBeUndefined();
      expect(await outbox.find(topic, "another")).toBeUndefined();
      await outbox.refuse(refOf(first), "it is wrong", NOW_MS);
      expect(await outbox.find(topic, String(first["sk"]))).toBeUndefined();
    });
  });
}
