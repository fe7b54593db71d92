import { outboxItem, type OutboxDraft } from "../../lib/client/outbox.js";
import {
  OLDEST_AT_MOST,
  OUTBOX_SHARDS,
  REFUSED_FOR_MS,
  type OutboxMessage,
  type OutboxShard,
  outboxShardKey,
  parseOutboxShardKey,
} from "../../lib/domain/outbox.js";
import type { Page, PageRequest } from "../../lib/domain/page.js";
import type { LogStore } from "../../lib/domain/ports/log-store.js";
import type { FoundWaiting, OutboxStore } from "../../lib/domain/ports/outbox-store.js";
import { NOW_MS, aPartition, aSlot, unique } from "./builders.js";

export type Item = Readonly<Record<string, unknown>>;

/** What the contract needs of an adapter beside the store: the log that takes messages, and a user's transaction. */
export interface WithOutbox {
  readonly outbox: OutboxStore;
  readonly log: LogStore;
  /** Puts items in one transaction, as a user's own service does. */
  readonly commit: (items: readonly Item[]) => Promise<void>;
}

export const aTopicName = (): string => unique("t");
export const itemOf = (topic: string, draft: OutboxDraft): Item =>
  outboxItem(topic, draft, { tableName: "the-outbox", nowMs: NOW_MS }).Put.Item;
export const refOf = (item: Item) => ({
  ...(parseOutboxShardKey(String(item["pk"])) as OutboxShard),
  name: String(item["sk"]),
});
const namesOf = (items: readonly Item[]): readonly string[] => items.map(({ sk }) => String(sk));
const bodiesOf = (messages: readonly OutboxMessage[]) => messages.map(({ content }) => content?.body);
const PAGES_BOUND = 200;

async function all<T>(list: (page: PageRequest) => Promise<Page<T>>, limit: number): Promise<readonly T[]> {
  const found: T[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_BOUND; page++) {
    const { items, nextCursor } = await list({ limit, ...(cursor === undefined ? {} : { cursor }) });
    expect(items.length).toBeLessThanOrEqual(limit);
    found.push(...items);
    if (nextCursor === undefined) return found;
    cursor = nextCursor;
  }
  throw new Error("no end of pages");
}

const ofTopic = (topic: string, found: readonly FoundWaiting[]): readonly string[] =>
  found.flatMap(({ shard, name }) => (shard.topic === topic ? [name] : [])).sort();

/** What every {@link OutboxStore} promises. */
export function outboxStoreContract(make: () => Promise<WithOutbox>): void {
  describe("an outbox store", () => {
    it("gives the messages of a shard in the order in which they were written, as they were", async () => {
      // GIVEN
      const { outbox, commit } = await make();
      const topic = aTopicName();
      const meta = { key: "k", tag: "t", attributes: { a: 1.5, b: "x", c: true }, businessKey: "7" };
      const items = [
        itemOf(topic, { body: { orderId: 7 }, ...meta, expiresInSeconds: 60 }),
        itemOf(topic, { bodyBase64: "AAH/", contentType: "image/png", key: "k" }),
        itemOf(topic, { body: null, key: "k" }),
      ];
      // WHEN
      await commit([...items].reverse());
      const { messages, more } = await outbox.oldest(refOf(items[0] as Item));
      // THEN
      expect(more).toBe(false);
      expect(messages.map(({ name }) => name)).toEqual(namesOf(items));
      expect(messages.map(({ content }) => content)).toEqual([
        {
          body: '{"orderId":7}',
          contentType: "application/json",
          ...meta,
          expiresAtMs: NOW_MS + 60_000,
        },
        { body: new Uint8Array([0, 1, 255]), contentType: "image/png", key: "k" },
        { body: "null", contentType: "application/json", key: "k" },
      ]);
      expect(messages.every(({ sizeBytes }) => sizeBytes > 40)).toBe(true);
    });

    it("has nothing where nobody wrote", async () => {
      const { outbox } = await make();
      expect(await outbox.oldest({ topic: aTopicName(), shard: 3 })).toEqual({ messages: [], more: false });
      const topic = aTopicName();
      expect(await outbox.list(topic, { limit: 5 })).toEqual({ items: [] });
      expect(await outbox.refused(topic, { limit: 5 })).toEqual({ items: [] });
    });

    it("gives the oldest ones first where more wait than a page has room for", async () => {
      // GIVEN
      const { outbox, commit } = await make();
      const topic = aTopicName();
      const items = Array.from({ length: 12 }, (_, index) =>
        itemOf(topic, { body: `${index} ${"x".repeat(200_000)}`, key: "k" }),
      );
      for (const item of items) await commit([item]);
      // WHEN
      const { messages, more } = await outbox.oldest(refOf(items[0] as Item));
      // THEN
      expect(more).toBe(true);
      expect(messages.length).toBeGreaterThan(2);
      expect(messages.length).toBeLessThan(12);
      expect(messages.map(({ name }) => name)).toEqual(namesOf(items).slice(0, messages.length));
    });

    it("never shows a message without one that was stored before it was written", async () => {
      // GIVEN
      const { outbox, commit } = await make();
      const topic = aTopicName();
      const shard = refOf(itemOf(topic, { body: 0, key: "k" }));
      let isOver = false;
      const writing = (async () => {
        for (let body = 1; body <= 60; body++) await commit([itemOf(topic, { body, key: "k" })]);
        isOver = true;
      })();
      // WHEN
      const seen: (readonly unknown[])[] = [];
      do seen.push(bodiesOf((await outbox.oldest(shard)).messages));
      while (!isOver);
      await writing;
      // THEN
      for (const bodies of seen) expect(bodies).toEqual(bodies.map((_, index) => String(index + 1)));
      expect(seen.length).toBeGreaterThan(1);
    });

    it("shows what anybody else put there as what it is, and fails for none of it", async () => {
      // GIVEN
      const { outbox, commit } = await make();
      const topic = aTopicName();
      const fine = itemOf(topic, { body: 1, key: "k" });
      const { sk } = itemOf(topic, { body: 1, key: "k" });
      const items: readonly Item[] = [
        fine,
        { ...fine, sk, body: "{" },
        { ...fine, sk: "a name" },
        { ...itemOf(topic, { body: 1, key: "k" }), k: 7, f: "x" },
        { pk: fine["pk"], sk: `${String(sk).slice(0, -1)}_` },
      ];
      for (const item of items) await commit([item]);
      // WHEN
      const { messages } = await outbox.oldest(refOf(fine));
      // THEN
      const byName = new Map(messages.map((message) => [message.name, message]));
      expect(byName.get(String(fine["sk"]))?.fault).toBeUndefined();
      expect(messages.filter(({ fault, content }) => fault !== undefined && !content)).toHaveLength(4);
      expect(byName.get(String(sk))?.fault).toBe("body: is not valid JSON");
    });

    it("loses what an append takes, once", async () => {
      // GIVEN
      const { outbox, log, commit } = await make();
      const topic = aTopicName();
      const items = [1, 2, 3].map((body) => itemOf(topic, { body, key: "k" }));
      await commit(items);
      const takes = items.slice(0, 2).map((item) => {
        const ref = refOf(item);
        return { kind: "take", from: "outbox", group: outboxShardKey(ref), place: ref.name } as const;
      });
      // WHEN
      const first = await log.append(aPartition(), aSlot({ count: 2 }), { beside: takes });
      const second = await log.append(aPartition(), aSlot({ count: 2 }), { beside: takes });
      // THEN
      expect([first.kind, second.kind]).toEqual(["stored", "refused"]);
      const { messages } = await outbox.oldest(refOf(items[0] as Item));
      expect(bodiesOf(messages)).toEqual(["3"]);
    });

    it("refuses a message once, and keeps it with the reason", async () => {
      // GIVEN
      const { outbox, log, commit } = await make();
      const topic = aTopicName();
      const items = [1, 2].map((body) => itemOf(topic, { body, key: "k", tag: "t" }));
      await commit(items);
      const refs = items.map(refOf);
      // WHEN
      const refuse = () => outbox.refuse(refs[0] as OutboxMessage, "it is wrong", NOW_MS);
      const outcomes = await Promise.all([refuse(), refuse(), refuse()]);
      // THEN
      expect([...outcomes].sort()).toEqual(["gone", "gone", "refused"]);
      expect(bodiesOf((await outbox.oldest(refs[0] as OutboxShard)).messages)).toEqual(["2"]);
      const { items: refused } = await outbox.refused(topic, { limit: 5 });
      expect(refused).toEqual([
        expect.objectContaining({
          ...refs[0],
          content: { body: "1", contentType: "application/json", key: "k", tag: "t" },
          why: "it is wrong",
          refusedAtMs: NOW_MS,
        }),
      ]);
      const take = { kind: "take", from: "outbox", group: outboxShardKey(refs[0] as OutboxShard) } as const;
      const beside = [{ ...take, place: refs[0]?.name ?? "" }];
      expect((await log.append(aPartition(), aSlot(), { beside })).kind).toBe("refused");
      expect(REFUSED_FOR_MS).toBe(1_209_600_000);
    });

    it("refuses what nobody can read, and the largest message that the library makes", async () => {
      const { outbox, commit } = await make();
      const topic = aTopicName();
      const large = itemOf(topic, { body: "x".repeat(405_000), key: "k" });
      const broken = { ...itemOf(topic, { body: 1, key: "k" }), f: "x", sk: "a name" };
      for (const item of [large, broken]) await commit([item]);
      for (const item of [large, broken])
        expect(await outbox.refuse(refOf(item), "w".repeat(5_000), NOW_MS)).toBe("refused");
      const { items } = await outbox.refused(topic, { limit: 5 });
      expect(items.map(({ content }) => content?.body.length)).toEqual(
        items.map(({ name }) => (name === "a name" ? undefined : 405_002)),
      );
    });

    it("refuses whatever a stranger has put there", async () => {
      // GIVEN
      const { outbox, commit } = await make();
      const topic = aTopicName();
      const [pk, other] = [3, 4].map((shard) => outboxShardKey({ topic, shard }));
      const items: readonly Item[] = [
        { pk, sk: "large", stranger: "x".repeat(409_000) },
        { pk, sk: "deep", body: "1", stranger: { list: ["x".repeat(200_000), { n: 1 }], none: null } },
        { pk, sk: "語".repeat(341) },
        { pk: other, sk: "語".repeat(341) },
      ];
      for (const item of items) await commit([item]);
      // WHEN
      const outcomes = [];
      for (const item of items) outcomes.push(await outbox.refuse(refOf(item), "w".repeat(5_000), NOW_MS));
      // THEN
      expect(outcomes).toEqual(items.map(() => "refused"));
      for (const item of items) expect((await outbox.oldest(refOf(item))).messages).toEqual([]);
      const refused = await all((page) => outbox.refused(topic, page), 10);
      expect(refused.map(({ shard, name }) => `${shard} ${name}`).sort()).toEqual(
        items
          .map(refOf)
          .map(({ shard, name }) => `${shard} ${name}`)
          .sort(),
      );
    });

    it.each([1, 3, 100])("lists all of a topic, %i on a page, and nothing of another one", async (limit) => {
      // GIVEN
      const { outbox, commit } = await make();
      const [topic, other] = [aTopicName(), aTopicName()];
      const items = Array.from({ length: 7 }, (_, body) => itemOf(topic, { body }));
      await commit(items);
      await commit([itemOf(other, { body: 1 })]);
      // WHEN
      const listed = await all((page) => outbox.list(topic, page), limit);
      // THEN
      expect(listed.map(({ name }) => name).sort()).toEqual(namesOf(items));
      const shards = listed.map(({ shard }) => shard);
      expect(shards).toEqual([...shards].sort((one, two) => one - two));
    });

    it.each([1, 3, 1_000])("finds what waits anywhere, looking at %i at a time", async (limit) => {
      const { outbox, commit } = await make();
      const topic = aTopicName();
      const items = Array.from({ length: 5 }, (_, body) => itemOf(topic, { body }));
      await commit(items);
      const found = await all((page) => outbox.scan(page), limit);
      expect(ofTopic(topic, found)).toEqual(namesOf(items));
    });

    it("refuses a cursor that it did not give", async () => {
      const { outbox } = await make();
      const refused = expect.objectContaining({ code: "invalid-request" }) as unknown;
      await expect(outbox.list(aTopicName(), { limit: 1, cursor: "x" })).rejects.toEqual(refused);
      await expect(outbox.refused(aTopicName(), { limit: 1, cursor: "x" })).rejects.toEqual(refused);
    });

    it("has a shard for each key, below the number that there are", async () => {
      const { outbox } = await make();
      expect(await outbox.oldest({ topic: aTopicName(), shard: OUTBOX_SHARDS - 1 })).toMatchObject({
        more: false,
      });
    });

    // The last one: it leaves many behind, which a look through everything would find.
    it("gives no more small ones at once than memory has room for, oldest first", async () => {
      // GIVEN
      const { outbox, commit } = await make();
      const topic = aTopicName();
      const items = Array.from({ length: 1_030 }, (_, body) => itemOf(topic, { body, key: "k" }));
      for (let at = 0; at < items.length; at += 100) await commit(items.slice(at, at + 100));
      // WHEN
      const { messages, more } = await outbox.oldest(refOf(items[0] as Item));
      // THEN
      expect(more).toBe(true);
      expect(messages.map(({ name }) => name)).toEqual(namesOf(items).slice(0, OLDEST_AT_MOST.messages));
    });
  });
}
