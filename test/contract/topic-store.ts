import type { TopicStore } from "../../lib/domain/ports/topic-store.js";
import type { Topic } from "../../lib/domain/topic.js";
import { MINUTE_MS, NOW_MS, aTopic, refOf, unique } from "./builders.js";
import { topicOwnerContract } from "./topic-owner.js";

const PAGES_BOUND = 2_000;

/** The names of all topics, page by page. */
async function namesIn(topics: TopicStore, limit: number): Promise<string[]> {
  const names: string[] = [];
  let cursor: string | undefined;
  for (let page = 1; page <= PAGES_BOUND; page++) {
    const { items, nextCursor } = await topics.list({ limit, ...(cursor === undefined ? {} : { cursor }) });
    expect(items.length).toBeLessThanOrEqual(limit);
    names.push(...items.map(({ name }) => name));
    if (nextCursor === undefined) return names;
    cursor = nextCursor;
  }
  throw new Error("no end of pages");
}

/** What every {@link TopicStore} promises; what concerns its subscriptions is in subscription-store.ts. */
export function topicStoreContract(make: () => Promise<TopicStore>): void {
  describe("a topic store", () => {
    describe("making a topic", () => createContract(make));
    describe("deleting a topic", () => deleteContract(make));
    describe("changing a topic", () => updateContract(make));
    describe("listing topics", () => listContract(make));
    describe("whom a topic belongs to", () => topicOwnerContract(make));
  });
}

function createContract(make: () => Promise<TopicStore>): void {
  it("keeps it as it was given", async () => {
    // GIVEN
    const topics = await make();
    const topic = aTopic({
      ordering: "key",
      partitions: 256,
      paused: "delivery",
      description: "für Bestellungen",
    });
    // WHEN
    const outcome = await topics.create(topic);
    // THEN
    expect(outcome).toEqual({ kind: "created" });
    expect(await topics.get(topic.name)).toEqual(topic);
  });

  it("has none of a name that was never made", async () => {
    const topics = await make();
    expect(await topics.get(aTopic().name)).toBeUndefined();
  });

  it("shows the one of that name which is there already, and keeps it", async () => {
    // GIVEN
    const topics = await make();
    const there = aTopic();
    await topics.create(there);
    // WHEN
    const outcome = await topics.create(aTopic({ name: there.name, partitions: 1 }));
    // THEN
    expect(outcome).toEqual({ kind: "exists", topic: there });
    expect(await topics.get(there.name)).toEqual(there);
  });

  it("says created to a caller whose answer was lost", async () => {
    const topics = await make();
    const topic = aTopic();
    await topics.create(topic);
    expect(await topics.create(topic)).toEqual({ kind: "created" });
    expect(await topics.get(topic.name)).toEqual(topic);
  });

  it("lets exactly one of many through, and shows it to the others", async () => {
    // GIVEN
    const topics = await make();
    const name = unique("topic");
    const rivals = Array.from({ length: 6 }, (_, at) => aTopic({ name, description: `rival ${at}` }));
    // WHEN
    const outcomes = await Promise.all(rivals.map((topic) => topics.create(topic)));
    // THEN
    const winner = rivals[outcomes.findIndex(({ kind }) => kind === "created")];
    expect(outcomes.filter(({ kind }) => kind === "created")).toHaveLength(1);
    expect(outcomes.filter(({ kind }) => kind === "exists")).toEqual(
      Array(5).fill({ kind: "exists", topic: winner }),
    );
  });
}

function deleteContract(make: () => Promise<TopicStore>): void {
  const untilMs = NOW_MS + MINUTE_MS;
  const aDeletedTopic = async (topics: TopicStore): Promise<Topic> => {
    const topic = aTopic();
    await topics.create(topic);
    expect(await topics.delete(refOf(topic), NOW_MS, untilMs)).toBe("deleted");
    return topic;
  };

  it("leaves nothing to get", async () => {
    const topics = await make();
    const { name } = await aDeletedTopic(topics);
    expect(await topics.get(name)).toBeUndefined();
  });

  it("bars its name until the tombstone's time", async () => {
    // GIVEN
    const topics = await make();
    const { name } = await aDeletedTopic(topics);
    // WHEN
    const outcome = await topics.create(aTopic({ name, createdAtMs: untilMs - 1 }));
    // THEN
    expect(outcome).toEqual({ kind: "just-deleted", untilMs });
    expect(await topics.get(name)).toBeUndefined();
  });

  it("gives its name free from the tombstone's time on, to another life", async () => {
    // GIVEN
    const topics = await make();
    const { name } = await aDeletedTopic(topics);
    const again = aTopic({ name, createdAtMs: untilMs });
    // WHEN
    const outcome = await topics.create(again);
    // THEN
    expect(outcome).toEqual({ kind: "created" });
    expect(await topics.get(name)).toEqual(again);
    expect(await topics.delete(refOf(again), NOW_MS, untilMs + 1)).toBe("deleted");
  });

  it("says that it is gone where it was deleted before, never was, or lives another life", async () => {
    // GIVEN
    const topics = await make();
    const deleted = await aDeletedTopic(topics);
    const alive = aTopic();
    await topics.create(alive);
    // WHEN
    const outcomes = [
      await topics.delete(refOf(deleted), NOW_MS, untilMs + MINUTE_MS),
      await topics.delete(refOf(aTopic()), NOW_MS, untilMs),
      await topics.delete({ name: alive.name, uid: aTopic().uid }, NOW_MS, untilMs),
    ];
    // THEN
    expect(outcomes).toEqual(["gone", "gone", "gone"]);
    expect(await topics.get(alive.name)).toEqual(alive);
  });

  it("leaves a tombstone's time as it is when it is asked for again", async () => {
    const topics = await make();
    const topic = await aDeletedTopic(topics);
    await topics.delete(refOf(topic), NOW_MS, untilMs + MINUTE_MS);
    expect(await topics.create(aTopic({ name: topic.name, createdAtMs: NOW_MS }))).toEqual({
      kind: "just-deleted",
      untilMs,
    });
  });

  it("goes through for one of two at once", async () => {
    const topics = await make();
    const topic = aTopic();
    await topics.create(topic);
    const outcomes = await Promise.all([
      topics.delete(topic, NOW_MS, untilMs),
      topics.delete(topic, NOW_MS, untilMs),
    ]);
    expect(outcomes.sort()).toEqual(["deleted", "gone"]);
  });
}

function updateContract(make: () => Promise<TopicStore>): void {
  it("replaces the version before it", async () => {
    // GIVEN
    const topics = await make();
    const topic = aTopic();
    await topics.create(topic);
    const next: Topic = { ...topic, paused: "all", retentionSeconds: 3_600, version: 2 };
    // WHEN
    const outcome = await topics.update(next);
    // THEN
    expect(outcome).toBe("updated");
    expect(await topics.get(topic.name)).toEqual(next);
  });

  it.each([1, 3, 4])("refuses version %i where version 1 would have to be followed by 2", async (version) => {
    const topics = await make();
    const topic = aTopic();
    await topics.create(topic);
    expect(await topics.update({ ...topic, paused: "all", version })).toBe("conflict");
    expect(await topics.get(topic.name)).toEqual(topic);
  });

  it("refuses what is gone, never was, or lives another life", async () => {
    // GIVEN
    const topics = await make();
    const [alive, deleted] = [aTopic(), aTopic()];
    await topics.create(alive);
    await topics.create(deleted);
    await topics.delete(deleted, NOW_MS, NOW_MS + MINUTE_MS);
    // WHEN
    const outcomes = [
      await topics.update({ ...alive, uid: aTopic().uid, version: 2 }),
      await topics.update({ ...deleted, version: 2 }),
      await topics.update({ ...aTopic(), version: 2 }),
    ];
    // THEN
    expect(outcomes).toEqual(["conflict", "conflict", "conflict"]);
    expect(await topics.get(alive.name)).toEqual(alive);
    expect(await topics.get(deleted.name)).toBeUndefined();
  });

  it("lets exactly one of many through", async () => {
    // GIVEN
    const topics = await make();
    const topic = aTopic();
    await topics.create(topic);
    const rivals = Array.from({ length: 6 }, (_, at) => ({
      ...topic,
      description: `rival ${at}`,
      version: 2,
    }));
    // WHEN
    const outcomes = await Promise.all(rivals.map((rival) => topics.update(rival)));
    // THEN
    expect(outcomes.filter((outcome) => outcome === "updated")).toHaveLength(1);
    expect(await topics.get(topic.name)).toEqual(rivals[outcomes.indexOf("updated")]);
  });
}

function listContract(make: () => Promise<TopicStore>): void {
  it.each([1, 2, 3, 100])("goes through all by name, %i a page, each once", async (limit) => {
    // GIVEN names that were made in no order, among those of other tests
    const topics = await make();
    const prefix = unique("list");
    const names = ["d", "a", "c", "b", "e"].map((letter) => `${prefix}-${letter}`);
    for (const name of names) await topics.create(aTopic({ name }));
    // WHEN
    const listed = await namesIn(topics, limit);
    // THEN
    expect(listed.filter((name) => name.startsWith(prefix))).toEqual([...names].sort());
  });

  it("shows a topic as it is", async () => {
    const topics = await make();
    const topic = aTopic();
    await topics.create(topic);
    await topics.update({ ...topic, paused: "publish", version: 2 });
    let cursor: string | undefined;
    const found: Topic[] = [];
    do {
      const page = await topics.list({ limit: 100, ...(cursor === undefined ? {} : { cursor }) });
      found.push(...page.items.filter(({ name }) => name === topic.name));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(found).toEqual([{ ...topic, paused: "publish", version: 2 }]);
  });

  it("leaves out what was deleted, and is led no other way by it", async () => {
    // GIVEN
    const topics = await make();
    const prefix = unique("list");
    const made = ["a", "b", "c", "d"].map((letter) => aTopic({ name: `${prefix}-${letter}` }));
    for (const topic of made) await topics.create(topic);
    for (const topic of made.slice(1, 3)) await topics.delete(topic, NOW_MS, NOW_MS + MINUTE_MS);
    // WHEN
    const listed = await namesIn(topics, 1);
    // THEN
    expect(listed.filter((name) => name.startsWith(prefix))).toEqual([`${prefix}-a`, `${prefix}-d`]);
  });

  it.each(["", "%", "garbage", Buffer.from("x:orders").toString("base64url")])(
    "refuses the cursor %j, which is none",
    async (cursor) => {
      const topics = await make();
      await expect(topics.list({ limit: 10, cursor })).rejects.toMatchObject({ code: "invalid-request" });
    },
  );
}
