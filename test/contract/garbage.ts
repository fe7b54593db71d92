import type { GarbageStore } from "../../lib/domain/ports/garbage-store.js";
import type { SubscriptionRef } from "../../lib/domain/subscription.js";
import type { TopicRef } from "../../lib/domain/topic.js";
import { MINUTE_MS, NOW_MS, refOf, subscriptionRefOf } from "./builders.js";
import { type Make, TOMBSTONE_MS, on, withTopic } from "./subscription-stores.js";
import { type DeletedSubscription, type Garbage, garbageName } from "../../lib/domain/garbage.js";

const PAGES_BOUND = 1_000;

/** What is noted of `topic`, page by page: other tests leave their own behind. */
async function noted(garbage: GarbageStore, topic: TopicRef, limit = 100): Promise<Garbage[]> {
  const all: Garbage[] = [];
  let cursor: string | undefined;
  for (let page = 1; page <= PAGES_BOUND; page++) {
    const { items, nextCursor } = await garbage.list({
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    });
    expect(items.length).toBeLessThanOrEqual(limit);
    all.push(...items);
    if (nextCursor === undefined)
      return all.filter(
        (note) => (note.kind === "topic" ? note.topic : note.subscription.topic).uid === topic.uid,
      );
    cursor = nextCursor;
  }
  throw new Error("no end of pages");
}

const noteOf = (subscription: SubscriptionRef, deletedAtMs = NOW_MS): DeletedSubscription => ({
  kind: "subscription",
  subscription: subscriptionRefOf(subscription),
  deletedAtMs,
});

async function withDeleted(make: Make, timesMs: readonly number[]) {
  const { topics, subscriptions, garbage, topic } = await withTopic(make);
  const notes: DeletedSubscription[] = [];
  for (const deletedAtMs of timesMs) {
    const subscription = on(topic);
    await subscriptions.create(subscription);
    await subscriptions.delete(subscription, deletedAtMs);
    notes.push(noteOf(subscription, deletedAtMs));
  }
  return { topics, subscriptions, garbage, topic, notes };
}

export function garbageContract(make: Make): void {
  it("is a deleted subscription with its time until it is forgotten, and a live one never", async () => {
    // GIVEN
    const { subscriptions, garbage, topic } = await withTopic(make);
    const [alive, deleted] = [on(topic), on(topic)];
    await subscriptions.create(alive);
    await subscriptions.create(deleted);
    await subscriptions.delete(deleted, NOW_MS);
    // WHEN
    const before = await noted(garbage, topic);
    await garbage.forget(noteOf(deleted));
    await garbage.forget(noteOf(deleted));
    // THEN
    expect(before).toEqual([noteOf(deleted)]);
    expect(await noted(garbage, topic)).toEqual([]);
  });

  it("is kept for each life of a name, also once its topic is deleted", async () => {
    // GIVEN
    const { topics, subscriptions, garbage, topic } = await withTopic(make);
    const first = on(topic);
    const second = on(topic, { name: first.name });
    for (const [at, subscription] of [first, second].entries()) {
      await subscriptions.create(subscription);
      await subscriptions.delete(subscription, NOW_MS + at);
    }
    // WHEN
    await topics.delete(topic, NOW_MS + 2, TOMBSTONE_MS);
    // THEN
    const deleted = { kind: "topic", topic: refOf(topic), deletedAtMs: NOW_MS + 2 };
    expect(await noted(garbage, topic)).toEqual([noteOf(first), noteOf(second, NOW_MS + 1), deleted]);
  });

  it("is of the first deletion, whoever deletes it again", async () => {
    const { subscriptions, garbage, topic, notes } = await withDeleted(make, [NOW_MS]);
    const [note] = notes as [DeletedSubscription];
    expect(await subscriptions.delete(note.subscription, NOW_MS + MINUTE_MS)).toBe("gone");
    expect(await noted(garbage, topic)).toEqual(notes);
  });

  it.each([1, 2, 100])("comes longest deleted first, %i a page, each once", async (limit) => {
    const times = [5, 1, 4, 1, 0].map((at) => NOW_MS + at * MINUTE_MS);
    const { garbage, topic, notes } = await withDeleted(make, times);
    const found = await noted(garbage, topic, limit);
    expect(found.map(({ deletedAtMs }) => deletedAtMs)).toEqual([...times].sort((a, b) => a - b));
    expect(new Set(found.map(garbageName)).size).toBe(notes.length);
  });

  it("shows an old one at once, however many fresh ones there are", async () => {
    const times = [...Array.from({ length: 12 }, (_, at) => NOW_MS + at), 1];
    const { garbage, notes } = await withDeleted(make, times);
    const { items } = await garbage.list({ limit: 1 });
    expect(items).toEqual(notes.slice(-1));
    await garbage.forget(notes.at(-1) as Garbage);
  });

  it("is a deleted topic with its time until it is forgotten, and none that could not be deleted", async () => {
    // GIVEN
    const { topics, subscriptions, garbage, topic } = await withTopic(make);
    const subscription = on(topic);
    await subscriptions.create(subscription);
    expect(await topics.delete(topic, NOW_MS, TOMBSTONE_MS)).toBe("has-subscriptions");
    expect(await noted(garbage, topic)).toEqual([]);
    await subscriptions.delete(subscription, NOW_MS);
    await garbage.forget(noteOf(subscription));
    // WHEN
    await topics.delete(topic, NOW_MS, TOMBSTONE_MS);
    await topics.delete(topic, NOW_MS + MINUTE_MS, TOMBSTONE_MS);
    // THEN
    const note: Garbage = { kind: "topic", topic: refOf(topic), deletedAtMs: NOW_MS };
    expect(await noted(garbage, topic)).toEqual([note]);
    await garbage.forget(note);
    expect(await noted(garbage, topic)).toEqual([]);
  });

  it("refuses a cursor that is none", async () => {
    const { garbage } = await make();
    await expect(garbage.list({ limit: 10, cursor: "garbage" })).rejects.toMatchObject({
      code: "invalid-request",
    });
  });
}
