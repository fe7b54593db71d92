import type { Subscription } from "../../lib/domain/subscription.js";
import { NOW_MS, aTopic, anOwnership, subscriptionRefOf } from "./builders.js";
import { garbageContract } from "./garbage.js";
import { rosterContract } from "./roster.js";
import { subscriptionCountContract } from "./subscription-count.js";
import { webhookSecretsContract } from "./webhook-secrets.js";
import { ALL, type Make, TOMBSTONE_MS, listed, on, withTopic } from "./subscription-stores.js";

/** What every subscription store promises, together with the topics that it counts on. */
export function subscriptionStoreContract(make: Make): void {
  describe("a subscription store", () => {
    describe("making a subscription", () => createContract(make));
    describe("changing a subscription", () => updateContract(make));
    describe("deleting a subscription", () => deleteContract(make));
    describe("the count on its topic", () => subscriptionCountContract(make));
    describe("listing subscriptions", () => listContract(make));
    describe("secrets of a webhook", () => webhookSecretsContract(make));
    describe("a roster", () => rosterContract(make));
    describe("garbage", () => garbageContract(make));
  });
}

/** As a user wrote it: its text comes back as it was. */
const FILTER = '{ "tag": ["created"],\n "body.total": [{ "numeric": [">", 1e2] }] }';

function createContract(make: Make): void {
  it.each<[string, Partial<Subscription>]>([
    ["that is pulled", { target: { type: "pull" } }],
    ["of a function", { target: { type: "lambda", functionArn: "arn:aws:lambda:eu-west-1:1:function:x" } }],
    [
      "with places to start",
      { startingPlaces: { 0: { head: 17, slotBase: 10 }, 255: { head: 5, slotBase: 5 } } },
    ],
    ["that was sought", { epoch: 7 }],
    ["with a filter", { filter: FILTER }],
  ])("keeps one %s as it was given", async (_what, fields) => {
    // GIVEN
    const { subscriptions, topic } = await withTopic(make);
    const subscription = on(topic, fields);
    // WHEN
    const outcome = await subscriptions.create(subscription);
    // THEN
    expect(outcome).toEqual({ kind: "created" });
    expect(await subscriptions.get(topic, subscription.name)).toEqual(subscription);
  });

  it("shows the one of that name which is there already, and keeps it", async () => {
    // GIVEN
    const { subscriptions, topic } = await withTopic(make);
    const there = on(topic);
    await subscriptions.create(there);
    // WHEN
    const outcome = await subscriptions.create(on(topic, { name: there.name, paused: true }));
    // THEN
    expect(outcome).toEqual({ kind: "exists", subscription: there });
    expect(await subscriptions.get(topic, there.name)).toEqual(there);
  });

  it("gives a name to one of many lives at once, and shows all others which", async () => {
    // GIVEN
    const { subscriptions, topic } = await withTopic(make);
    const name = on(topic).name;
    const lives = Array.from({ length: 5 }, () => on(topic, { name }));
    // WHEN
    const outcomes = await Promise.all(lives.map((life) => subscriptions.create(life)));
    // THEN
    const winner = lives.find((_, at) => outcomes[at]?.kind === "created");
    expect(outcomes.filter(({ kind }) => kind === "created")).toHaveLength(1);
    for (const outcome of outcomes.filter(({ kind }) => kind !== "created"))
      expect(outcome).toEqual({ kind: "exists", subscription: winner });
    expect(await subscriptions.get(topic, name)).toEqual(winner);
  });

  it("says created to a caller whose answer was lost", async () => {
    const { subscriptions, topic } = await withTopic(make);
    const subscription = on(topic);
    await subscriptions.create(subscription);
    expect(await subscriptions.create(subscription)).toEqual({ kind: "created" });
  });

  it("makes none on a topic that never was, is deleted, or lives another life", async () => {
    // GIVEN
    const { topics, subscriptions, topic } = await withTopic(make);
    await topics.delete(topic, NOW_MS, TOMBSTONE_MS);
    const again = aTopic({ name: topic.name, createdAtMs: TOMBSTONE_MS });
    // WHEN
    const afterDelete = await subscriptions.create(on(topic));
    await topics.create(again);
    const inAnotherLife = await subscriptions.create(on(topic));
    const onNone = await subscriptions.create(on(aTopic()));
    // THEN
    expect([afterDelete, inAnotherLife, onNone]).toEqual(Array(3).fill({ kind: "topic-gone" }));
    expect(await listed(subscriptions, topic, ALL)).toEqual([]);
    expect(await listed(subscriptions, again, ALL)).toEqual([]);
  });

  it("lets exactly one of many of a name through, and counts one", async () => {
    // GIVEN
    const { topics, subscriptions, topic } = await withTopic(make);
    const { name } = on(topic);
    const rivals = Array.from({ length: 6 }, () => on(topic, { name }));
    // WHEN
    const outcomes = await Promise.all(rivals.map((rival) => subscriptions.create(rival)));
    // THEN
    const winner = rivals[outcomes.findIndex(({ kind }) => kind === "created")];
    expect(outcomes.filter(({ kind }) => kind === "created")).toHaveLength(1);
    expect(outcomes.filter(({ kind }) => kind === "exists")).toEqual(
      Array(5).fill({ kind: "exists", subscription: winner }),
    );
    await subscriptions.delete(winner as Subscription, NOW_MS);
    expect(await topics.delete(topic, NOW_MS, TOMBSTONE_MS)).toBe("deleted");
  });

  it("keeps topics apart", async () => {
    const { topics, subscriptions, topic } = await withTopic(make);
    const other = aTopic();
    await topics.create(other);
    const subscription = on(topic);
    await subscriptions.create(subscription);
    expect(await subscriptions.get(other, subscription.name)).toBeUndefined();
    expect(await subscriptions.create(on(other, { name: subscription.name }))).toEqual({ kind: "created" });
  });
}

function updateContract(make: Make): void {
  it("replaces the version before it", async () => {
    // GIVEN
    const { subscriptions, topic } = await withTopic(make);
    const subscription = on(topic);
    await subscriptions.create(subscription);
    const places = { startHeads: { 3: { head: 17, slotBase: 10 } }, epoch: 1 };
    const next: Subscription = {
      ...subscription,
      ...places,
      paused: true,
      maxConcurrency: 1_000,
      version: 2,
    };
    // WHEN
    const outcome = await subscriptions.update(next);
    // THEN
    expect(outcome).toBe("updated");
    expect(await subscriptions.get(topic, subscription.name)).toEqual(next);
  });

  it("sets a filter, changes it, and takes it away", async () => {
    // GIVEN
    const { subscriptions, topic } = await withTopic(make);
    const without = on(topic);
    await subscriptions.create(without);
    const filters = [FILTER, '{"tag":[{"prefix":"é"}]}', undefined];
    const seen: Subscription[] = [];
    // WHEN
    for (const [index, filter] of filters.entries()) {
      await subscriptions.update({ ...without, ...(filter ? { filter } : {}), version: index + 2 });
      seen.push(...(await listed(subscriptions, topic, ALL)));
    }
    // THEN
    expect(seen.map(({ filter }) => filter)).toEqual(filters);
    expect("filter" in ((await subscriptions.get(topic, without.name)) ?? {})).toBe(false);
  });

  it.each([1, 3, 4])("refuses version %i where version 1 would have to be followed by 2", async (version) => {
    const { subscriptions, topic } = await withTopic(make);
    const subscription = on(topic);
    await subscriptions.create(subscription);
    expect(await subscriptions.update({ ...subscription, paused: true, version })).toBe("conflict");
    expect(await subscriptions.get(topic, subscription.name)).toEqual(subscription);
  });

  it("refuses what is gone, never was, or lives another life", async () => {
    // GIVEN
    const { subscriptions, topic } = await withTopic(make);
    const [alive, deleted] = [on(topic), on(topic)];
    await subscriptions.create(alive);
    await subscriptions.create(deleted);
    await subscriptions.delete(deleted, NOW_MS);
    // WHEN
    const outcomes = [
      await subscriptions.update({ ...alive, uid: on(topic).uid, version: 2 }),
      await subscriptions.update({ ...deleted, version: 2 }),
      await subscriptions.update({ ...on(topic), version: 2 }),
    ];
    // THEN
    expect(outcomes).toEqual(["conflict", "conflict", "conflict"]);
    expect(await listed(subscriptions, topic, ALL)).toEqual([alive]);
  });

  it("lets exactly one of many through", async () => {
    const { subscriptions, topic } = await withTopic(make);
    const subscription = on(topic);
    await subscriptions.create(subscription);
    const outcomes = await Promise.all(
      [1, 2, 3, 4, 5].map((maxConcurrency) =>
        subscriptions.update({ ...subscription, maxConcurrency, version: 2 }),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === "updated")).toHaveLength(1);
  });
}

function deleteContract(make: Make): void {
  it("leaves nothing to get, and gives the name free to another life", async () => {
    // GIVEN
    const { subscriptions, topic } = await withTopic(make);
    const subscription = on(topic);
    await subscriptions.create(subscription);
    // WHEN
    const outcome = await subscriptions.delete(subscriptionRefOf(subscription), NOW_MS);
    // THEN
    expect(outcome).toBe("deleted");
    expect(await subscriptions.get(topic, subscription.name)).toBeUndefined();
    expect(await subscriptions.create(on(topic, { name: subscription.name }))).toEqual({ kind: "created" });
  });

  it("deletes only the version that is asked for", async () => {
    // GIVEN
    const { subscriptions, topic } = await withTopic(make);
    const subscription = { ...on(topic), ownership: anOwnership("a") };
    await subscriptions.create(subscription);
    const next = { ...subscription, ownership: anOwnership("b"), version: 2 };
    await subscriptions.update(next);
    // WHEN
    const early = await subscriptions.delete(subscriptionRefOf(subscription), NOW_MS, 1);
    const there = await subscriptions.get(topic, subscription.name);
    const outcomes = [
      early,
      await subscriptions.delete({ ...next, uid: on(topic).uid }, NOW_MS, 2),
      await subscriptions.delete(next, NOW_MS, 2),
    ];
    // THEN
    expect(there).toEqual(next);
    expect(outcomes).toEqual(["changed", "gone", "deleted"]);
    expect(await subscriptions.get(topic, subscription.name)).toBeUndefined();
  });

  it("says that it is gone where it was deleted before, never was, or lives another life", async () => {
    // GIVEN
    const { subscriptions, topic } = await withTopic(make);
    const [alive, deleted] = [on(topic), on(topic)];
    await subscriptions.create(alive);
    await subscriptions.create(deleted);
    await subscriptions.delete(deleted, NOW_MS);
    // WHEN
    const outcomes = [
      await subscriptions.delete(deleted, NOW_MS),
      await subscriptions.delete(on(topic), NOW_MS),
      await subscriptions.delete({ ...alive, uid: on(topic).uid }, NOW_MS),
    ];
    // THEN
    expect(outcomes).toEqual(["gone", "gone", "gone"]);
    expect(await subscriptions.get(topic, alive.name)).toEqual(alive);
  });
}

function listContract(make: Make): void {
  it.each([1, 2, 5, 100])("goes through a topic's by name, %i a page, each once", async (limit) => {
    // GIVEN
    const { subscriptions, topic } = await withTopic(make);
    const made = ["d", "a", "c", "b", "e"].map((name) => on(topic, { name }));
    for (const subscription of made) await subscriptions.create(subscription);
    // WHEN
    const all = await listed(subscriptions, topic, limit);
    // THEN
    expect(all).toEqual([...made].sort((a, b) => (a.name < b.name ? -1 : 1)));
  });

  it("is empty for a topic without any", async () => {
    const { subscriptions, topic } = await withTopic(make);
    expect(await listed(subscriptions, topic, 10)).toEqual([]);
  });

  it.each(["", "%", "garbage", Buffer.from("x:a").toString("base64url")])(
    "refuses the cursor %j, which is none",
    async (cursor) => {
      const { subscriptions, topic } = await withTopic(make);
      await expect(subscriptions.list(topic, { limit: 10, cursor })).rejects.toMatchObject({
        code: "invalid-request",
      });
    },
  );
}
