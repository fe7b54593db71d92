import type { SubscriptionRef } from "../../lib/domain/subscription.js";
import { subscriptionRefOf } from "./builders.js";
import { ALL, type Make, TOMBSTONE_MS, listed, on, withTopic } from "./subscription-stores.js";

/** What two stores over the same storage promise together. */
export function subscriptionCountContract(make: Make): void {
  it("keeps the topic from being deleted until the last one is", async () => {
    // GIVEN
    const { topics, subscriptions, topic } = await withTopic(make);
    const made = [on(topic), on(topic)];
    for (const subscription of made) await subscriptions.create(subscription);
    // WHEN
    const outcomes: string[] = [];
    for (const subscription of made) {
      outcomes.push(await topics.delete(topic, TOMBSTONE_MS));
      await subscriptions.delete(subscription);
    }
    outcomes.push(await topics.delete(topic, TOMBSTONE_MS));
    // THEN
    expect(outcomes).toEqual(["has-subscriptions", "has-subscriptions", "deleted"]);
  });

  it("is unmoved by calls that changed nothing", async () => {
    // GIVEN
    const { topics, subscriptions, topic } = await withTopic(make);
    const subscription = on(topic);
    await subscriptions.create(subscription);
    // WHEN
    await subscriptions.create(subscription);
    await subscriptions.create(on(topic, { name: subscription.name }));
    await subscriptions.delete(on(topic));
    await subscriptions.delete({ ...subscription, uid: on(topic).uid });
    // THEN
    expect(await topics.delete(topic, TOMBSTONE_MS)).toBe("has-subscriptions");
    await subscriptions.delete(subscription);
    await subscriptions.delete(subscription);
    expect(await topics.delete(topic, TOMBSTONE_MS)).toBe("deleted");
  });

  it("outlives a change of the topic, and shows in no topic", async () => {
    // GIVEN
    const { topics, subscriptions, topic } = await withTopic(make);
    await subscriptions.create(on(topic));
    // WHEN
    const outcome = await topics.update({ ...topic, paused: "all", version: 2 });
    // THEN
    expect(outcome).toBe("updated");
    expect(await topics.get(topic.name)).toEqual({ ...topic, paused: "all", version: 2 });
    expect(await topics.delete(topic, TOMBSTONE_MS)).toBe("has-subscriptions");
  });

  it("lets no subscription slip onto a topic that is being deleted", async () => {
    for (let round = 0; round < 10; round++) {
      // GIVEN
      const { topics, subscriptions, topic } = await withTopic(make);
      const subscription = on(topic);
      // WHEN
      const [made, deleted] = await Promise.all([
        subscriptions.create(subscription),
        topics.delete(topic, TOMBSTONE_MS),
      ]);
      // THEN
      expect([`created, has-subscriptions`, `topic-gone, deleted`]).toContain(`${made.kind}, ${deleted}`);
      expect(await listed(subscriptions, topic, ALL)).toEqual(made.kind === "created" ? [subscription] : []);
    }
  });

  it("is right after many were made and deleted at once", async () => {
    // GIVEN
    const { topics, subscriptions, topic } = await withTopic(make);
    const made = Array.from({ length: 6 }, () => on(topic));
    await Promise.all(made.map((subscription) => subscriptions.create(subscription)));
    // WHEN
    await Promise.all(made.slice(1).map((subscription) => subscriptions.delete(subscription)));
    // THEN
    expect(await topics.delete(topic, TOMBSTONE_MS)).toBe("has-subscriptions");
    await subscriptions.delete(made[0] as SubscriptionRef);
    expect(await topics.delete(topic, TOMBSTONE_MS)).toBe("deleted");
  });
}

export function subscriptionGarbageContract(make: Make): void {
  it("is a deleted subscription's progress until it is forgotten, and a live one's never", async () => {
    // GIVEN
    const { subscriptions, topic } = await withTopic(make);
    const [alive, deleted] = [on(topic), on(topic)];
    await subscriptions.create(alive);
    await subscriptions.create(deleted);
    await subscriptions.delete(deleted);
    const ours = async () =>
      (await subscriptions.garbage(ALL)).filter((ref) => [alive.uid, deleted.uid].includes(ref.uid));
    // WHEN
    const before = await ours();
    await subscriptions.forget(subscriptionRefOf(deleted));
    await subscriptions.forget(subscriptionRefOf(deleted));
    // THEN
    expect(before).toEqual([subscriptionRefOf(deleted)]);
    expect(await ours()).toEqual([]);
  });

  it("is kept for each life of a name, also once its topic is deleted", async () => {
    // GIVEN
    const { topics, subscriptions, topic } = await withTopic(make);
    const first = on(topic);
    const second = on(topic, { name: first.name });
    for (const subscription of [first, second]) {
      await subscriptions.create(subscription);
      await subscriptions.delete(subscription);
    }
    await topics.delete(topic, TOMBSTONE_MS);
    // WHEN
    const garbage = await subscriptions.garbage(ALL);
    // THEN
    const uids = garbage.filter(({ name }) => name === first.name).map(({ uid }) => uid);
    expect(uids.sort()).toEqual([first.uid, second.uid].sort());
    await Promise.all([first, second].map((subscription) => subscriptions.forget(subscription)));
  });

  it("comes no more than the limit at a time", async () => {
    const { subscriptions, topic } = await withTopic(make);
    const made = [on(topic), on(topic), on(topic)];
    for (const subscription of made) {
      await subscriptions.create(subscription);
      await subscriptions.delete(subscription);
    }
    expect(await subscriptions.garbage(2)).toHaveLength(2);
    await Promise.all(made.map((subscription) => subscriptions.forget(subscription)));
  });
}
