import type { SubscriptionStore } from "../../lib/domain/ports/subscription-store.js";
import type { SubscriptionRef } from "../../lib/domain/subscription.js";
import type { TopicRef } from "../../lib/domain/topic.js";
import { MINUTE_MS, NOW_MS, subscriptionRefOf } from "./builders.js";
import { type Make, TOMBSTONE_MS, on, withTopic } from "./subscription-stores.js";
import type { Garbage } from "../../lib/domain/garbage.js";

const PAGES_BOUND = 1_000;

/** What is noted of `topic`, page by page: other tests leave their own behind. */
async function noted(subscriptions: SubscriptionStore, topic: TopicRef, limit = 100): Promise<Garbage[]> {
  const all: Garbage[] = [];
  let cursor: string | undefined;
  for (let page = 1; page <= PAGES_BOUND; page++) {
    const { items, nextCursor } = await subscriptions.garbage({
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    });
    expect(items.length).toBeLessThanOrEqual(limit);
    all.push(...items);
    if (nextCursor === undefined)
      return all.filter(({ subscription }) => subscription.topic.uid === topic.uid);
    cursor = nextCursor;
  }
  throw new Error("no end of pages");
}

const noteOf = (subscription: SubscriptionRef, deletedAtMs = NOW_MS): Garbage => ({
  subscription: subscriptionRefOf(subscription),
  deletedAtMs,
});

async function withDeleted(make: Make, timesMs: readonly number[]) {
  const { topics, subscriptions, topic } = await withTopic(make);
  const notes: Garbage[] = [];
  for (const deletedAtMs of timesMs) {
    const subscription = on(topic);
    await subscriptions.create(subscription);
    await subscriptions.delete(subscription, deletedAtMs);
    notes.push(noteOf(subscription, deletedAtMs));
  }
  return { topics, subscriptions, topic, notes };
}

export function subscriptionGarbageContract(make: Make): void {
  it("is a deleted subscription with its time until it is forgotten, and a live one never", async () => {
    // GIVEN
    const { subscriptions, topic } = await withTopic(make);
    const [alive, deleted] = [on(topic), on(topic)];
    await subscriptions.create(alive);
    await subscriptions.create(deleted);
    await subscriptions.delete(deleted, NOW_MS);
    // WHEN
    const before = await noted(subscriptions, topic);
    await subscriptions.forget(noteOf(deleted));
    await subscriptions.forget(noteOf(deleted));
    // THEN
    expect(before).toEqual([noteOf(deleted)]);
    expect(await noted(subscriptions, topic)).toEqual([]);
  });

  it("is kept for each life of a name, also once its topic is deleted", async () => {
    // GIVEN
    const { topics, subscriptions, topic } = await withTopic(make);
    const first = on(topic);
    const second = on(topic, { name: first.name });
    for (const [at, subscription] of [first, second].entries()) {
      await subscriptions.create(subscription);
      await subscriptions.delete(subscription, NOW_MS + at);
    }
    // WHEN
    await topics.delete(topic, TOMBSTONE_MS);
    // THEN
    expect(await noted(subscriptions, topic)).toEqual([noteOf(first), noteOf(second, NOW_MS + 1)]);
  });

  it("is of the first deletion, whoever deletes it again", async () => {
    const { subscriptions, topic, notes } = await withDeleted(make, [NOW_MS]);
    const [note] = notes as [Garbage];
    expect(await subscriptions.delete(note.subscription, NOW_MS + MINUTE_MS)).toBe("gone");
    expect(await noted(subscriptions, topic)).toEqual(notes);
  });

  it.each([1, 2, 100])("comes longest deleted first, %i a page, each once", async (limit) => {
    const times = [5, 1, 4, 1, 0].map((at) => NOW_MS + at * MINUTE_MS);
    const { subscriptions, topic, notes } = await withDeleted(make, times);
    const found = await noted(subscriptions, topic, limit);
    expect(found.map(({ deletedAtMs }) => deletedAtMs)).toEqual([...times].sort((a, b) => a - b));
    expect(new Set(found.map(({ subscription }) => subscription.uid)).size).toBe(notes.length);
  });

  it("shows an old one at once, however many fresh ones there are", async () => {
    const times = [...Array.from({ length: 12 }, (_, at) => NOW_MS + at), 1];
    const { subscriptions, notes } = await withDeleted(make, times);
    const { items } = await subscriptions.garbage({ limit: 1 });
    expect(items).toEqual(notes.slice(-1));
    await subscriptions.forget(notes.at(-1) as Garbage);
  });

  it("refuses a cursor that is none", async () => {
    const { subscriptions } = await make();
    await expect(subscriptions.garbage({ limit: 10, cursor: "garbage" })).rejects.toMatchObject({
      code: "invalid-request",
    });
  });
}
