import type { Claim, Ownership } from "../../../lib/domain/ownership.js";
import { claimed, ownershipIn } from "../../../lib/operations/manage/claims.js";
import {
  changeSubscription,
  deleteSubscription,
  putSubscription,
} from "../../../lib/operations/manage/subscriptions.js";
import { changeTopic, deleteTopic, putTopic } from "../../../lib/operations/manage/topics.js";
import { aDeployment } from "../a-deployment.js";

const owned = (logicalId: string): Ownership => ({
  owner: { stackId: "stack", logicalId },
  since: "request",
  former: [],
});
const by =
  (logicalId: string): Claim =>
  () =>
    owned(logicalId);
const lost: Claim = () => "lost";

describe("claimed", () => {
  it("GIVEN a claim WHEN it is decided THEN it sees what is there, and may be lost", () => {
    const seen: unknown[] = [];
    const claim: Claim = (found, settings) => {
      seen.push(found, settings);
      return undefined;
    };
    expect(claimed(claim, owned("a"), "{}")).toEqual({});
    expect(seen).toEqual([owned("a"), "{}"]);
    expect(claimed(undefined, owned("a"), "{}")).toEqual({});
    expect(() => claimed(lost, undefined, "{}")).toThrow(
      expect.objectContaining({ code: "conflict" }) as Error,
    );
  });

  it("GIVEN something owned WHEN it is written again THEN only its owner goes along", () => {
    expect(ownershipIn({ ownership: owned("a") })).toEqual({ ownership: owned("a") });
    expect(ownershipIn({})).toEqual({});
  });
});

async function withOwned() {
  const engine = aDeployment().process();
  await putTopic(engine, "orders", {}, by("topic"));
  await putSubscription(engine, "orders", "audit", {}, by("audit"));
  return engine;
}

describe("whom it belongs to", () => {
  it("GIVEN an owner WHEN settings are changed over the API THEN it stays the owner's", async () => {
    const engine = await withOwned();
    const topic = await changeTopic(engine, "orders", { paused: "all" });
    const { value } = await putTopic(engine, "orders", {});
    const subscription = await changeSubscription(engine, "orders", "audit", { paused: true });
    const again = await putSubscription(engine, "orders", "audit", {});
    expect([topic, value].map(({ ownership }) => ownership)).toEqual([owned("topic"), owned("topic")]);
    expect([subscription, again.value].map(({ ownership }) => ownership)).toEqual([
      owned("audit"),
      owned("audit"),
    ]);
  });

  it("GIVEN an owner WHEN another claims it THEN that alone is a change, and shows what was there", async () => {
    const engine = await withOwned();
    const seen: string[] = [];
    const claim: Claim = (_, settings) => {
      seen.push(settings);
      return owned("other");
    };
    expect((await changeTopic(engine, "orders", {}, claim)).ownership).toEqual(owned("other"));
    expect((await changeSubscription(engine, "orders", "audit", {}, claim)).ownership).toEqual(
      owned("other"),
    );
    expect(seen.map((text) => JSON.parse(text) as object)).toEqual([
      expect.objectContaining({ partitions: 16, retentionSeconds: 259_200 }),
      expect.objectContaining({ target: { type: "pull" }, ackDeadlineSeconds: 30 }),
    ]);
    const topic = await engine.topics.get("orders");
    expect(topic?.ownership).toEqual(owned("other"));
  });

  it("GIVEN a claim WHEN something of the name is there THEN it is not changed by a creation", async () => {
    const engine = await withOwned();
    const conflict = { code: "conflict" };
    await expect(putTopic(engine, "orders", { partitions: 32 }, by("x"))).rejects.toMatchObject(conflict);
    await expect(putSubscription(engine, "orders", "audit", {}, by("x"))).rejects.toMatchObject(conflict);
    await expect(changeTopic(engine, "orders", { paused: "all" }, lost)).rejects.toMatchObject(conflict);
    expect(await engine.topics.get("orders")).toMatchObject({ partitions: 16, paused: "none", version: 1 });
  });

  it("GIVEN an owner WHEN it may not be deleted any more THEN it stays", async () => {
    const engine = await withOwned();
    const isNobodys = (found: Ownership | undefined) => found === undefined;
    const conflict = { code: "conflict" };
    await expect(deleteSubscription(engine, "orders", "audit", isNobodys)).rejects.toMatchObject(conflict);
    await deleteSubscription(engine, "orders", "audit", () => true);
    await expect(deleteTopic(engine, "orders", isNobodys)).rejects.toMatchObject(conflict);
    await deleteTopic(engine, "orders", () => true);
    expect(await engine.topics.get("orders")).toBeUndefined();
  });

  it("GIVEN a claim between the look and the deletion WHEN it goes on THEN nothing is deleted", async () => {
    // GIVEN
    const engine = await withOwned();
    const { topics, subscriptions } = engine;
    const claimedMeanwhile = {
      ...engine,
      topics: {
        ...topics,
        delete: async (...args: Parameters<typeof topics.delete>) => {
          await changeTopic(engine, "orders", {}, by("other"));
          return await topics.delete(...args);
        },
      },
      subscriptions: {
        ...subscriptions,
        delete: async (...args: Parameters<typeof subscriptions.delete>) => {
          await changeSubscription(engine, "orders", "audit", {}, by("other"));
          return await subscriptions.delete(...args);
        },
      },
    };
    const mayDelete = (found: Ownership | undefined) => found?.owner.logicalId !== "other";
    // WHEN
    const outcomes = await Promise.allSettled([
      deleteSubscription(claimedMeanwhile, "orders", "audit", mayDelete),
      deleteTopic(claimedMeanwhile, "orders", mayDelete),
    ]);
    // THEN
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    const topic = await topics.get("orders");
    expect(topic && (await subscriptions.get(topic, "audit"))?.ownership).toEqual(owned("other"));
  });
});
