import type { SubscriptionRef } from "../../lib/domain/subscription.js";
import { NOW_MS } from "./builders.js";
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
      outcomes.push(await topics.delete(topic, NOW_MS, TOMBSTONE_MS));
      await subscriptions.delete(subscription, NOW_MS);
    }
    outcomes.push(await topics.delete(topic, NOW_MS, TOMBSTONE_MS));
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
    await subscriptions.delete(on(topic), NOW_MS);
    await subscriptions.delete({ ...subscription, uid: on(topic).uid }, NOW_MS);
    // THEN
    expect(await topics.delete(topic, NOW_MS, TOMBSTONE_MS)).toBe("has-subscriptions");
    await subscriptions.delete(subscription, NOW_MS);
    await subscriptions.delete(subscription, NOW_MS);
    expect(await topics.delete(topic, NOW_MS, TOMBSTONE_MS)).toBe("deleted");
  });

  it("tells that a list is old by each subscription that is made, changed or deleted, and nothing else", async () => {
    // GIVEN
    const { topics, subscriptions, topic } = await withTopic(make);
    const changes = async (): Promise<number | undefined> =>
      (await topics.getCounted(topic.name))?.subscriptionChanges;
    const seen = [await changes()];
    const subscription = on(topic);
    const changed = { ...subscription, paused: true, version: 2 };
    // WHEN
    await subscriptions.create(subscription);
    seen.push(await changes());
    expect(await subscriptions.update(changed)).toBe("updated");
    seen.push(await changes());
    expect(await subscriptions.update(changed)).toBe("conflict");
    await subscriptions.delete(on(topic), NOW_MS);
    await topics.update({ ...topic, paused: "all", version: 2 });
    expect(await changes()).toBe(seen.at(-1));
    await subscriptions.delete(subscription, NOW_MS);
    seen.push(await changes());
    // THEN
    expect(new Set(seen).size).toBe(4);
    expect((await topics.getCounted(topic.name))?.topic).toEqual(await topics.get(topic.name));
    expect(await topics.getCounted("never made")).toBeUndefined();
  });

  it("is told with the topic", async () => {
    const { topics, subscriptions, topic } = await withTopic(make);
    const counts: (number | undefined)[] = [];
    const note = async () => counts.push((await topics.getCounted(topic.name))?.subscriptions);
    await note();
    const [first, second] = [on(topic), on(topic, { target: { type: "pull" } })];
    for (const subscription of [first, second]) await subscriptions.create(subscription);
    await note();
    await subscriptions.update({ ...first, paused: true, version: 2 });
    await note();
    await subscriptions.delete(first, NOW_MS);
    await note();
    expect(counts).toEqual([0, 2, 2, 1]);
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
    expect(await topics.delete(topic, NOW_MS, TOMBSTONE_MS)).toBe("has-subscriptions");
  });

  it("lets no subscription slip onto a topic that is being deleted", async () => {
    for (let round = 0; round < 10; round++) {
      // GIVEN
      const { topics, subscriptions, topic } = await withTopic(make);
      const subscription = on(topic);
      // WHEN
      const [made, deleted] = await Promise.all([
        subscriptions.create(subscription),
        topics.delete(topic, NOW_MS, TOMBSTONE_MS),
      ]);
      // THEN
      expect([`created, has-subscriptions`, `topic-gone, deleted`]).toContain(`${made.kind}, ${deleted}`);
      expect(await listed(subscriptions, topic, ALL)).toEqual(made.kind === "created" ? [subscription] : []);
    }
  });

  it("is one for one that is made twice at once, and none once it is deleted twice at once", async () => {
    // GIVEN
    const { topics, subscriptions, topic } = await withTopic(make);
    const subscription = on(topic);
    // WHEN
    const made = await Promise.all([subscriptions.create(subscription), subscriptions.create(subscription)]);
    expect(await topics.delete(topic, NOW_MS, TOMBSTONE_MS)).toBe("has-subscriptions");
    const deleted = await Promise.all([
      subscriptions.delete(subscription, NOW_MS),
      subscriptions.delete(subscription, NOW_MS),
    ]);
    // THEN
    expect(made).toEqual([{ kind: "created" }, { kind: "created" }]);
    expect([...deleted].sort()).toEqual(["deleted", "gone"]);
    expect(await topics.delete(topic, NOW_MS, TOMBSTONE_MS)).toBe("deleted");
  });

  it("is right after many were made and deleted at once", async () => {
    // GIVEN
    const { topics, subscriptions, topic } = await withTopic(make);
    const made = Array.from({ length: 6 }, () => on(topic));
    await Promise.all(made.map((subscription) => subscriptions.create(subscription)));
    // WHEN
    await Promise.all(made.slice(1).map((subscription) => subscriptions.delete(subscription, NOW_MS)));
    // THEN
    expect(await topics.delete(topic, NOW_MS, TOMBSTONE_MS)).toBe("has-subscriptions");
    await subscriptions.delete(made[0] as SubscriptionRef, NOW_MS);
    expect(await topics.delete(topic, NOW_MS, TOMBSTONE_MS)).toBe("deleted");
  });
}
