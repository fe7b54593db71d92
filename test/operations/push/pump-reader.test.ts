import { changeSubscription, deleteSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { changeTopic } from "../../../lib/operations/manage/topics.js";
import { ofLane, probing, readerOfLane } from "../../../lib/operations/push/pump-reader.js";
import { LANE_WIDTH } from "../a-deployment.js";
import { aPush, refOf } from "../a-push.js";

describe("what a lane's pump delivers", () => {
  it("is its subscription as it is stored", async () => {
    const push = await aPush();
    await changeSubscription(push.engine, "orders", "ship", { maxConcurrency: 3 });
    const found = await readerOfLane(push.engine, refOf(push.subscription));
    expect([found?.topic.name, found?.subscription.maxConcurrency]).toEqual(["orders", 3]);
  });

  it("is nothing while it is paused, for a lane that it has no more, and once it is gone", async () => {
    const push = await aPush({ maxConcurrency: LANE_WIDTH + 1 });
    const { engine, subscription } = push;
    const isThere = async (lane: number) =>
      (await readerOfLane(engine, refOf(subscription, lane))) !== undefined;
    expect([await isThere(0), await isThere(1), await isThere(2)]).toEqual([true, true, false]);
    await changeTopic(engine, "orders", { paused: "delivery" });
    expect(await isThere(0)).toBe(false);
    await changeTopic(engine, "orders", { paused: "none" });
    await deleteSubscription(engine, "orders", "ship");
    expect(await isThere(0)).toBe(false);
  });

  it("is nothing in another life of the subscription", async () => {
    const push = await aPush();
    const found = await readerOfLane(push.engine, refOf(push.subscription));
    const ref = refOf({ ...push.subscription, uid: "another" });
    expect(found && ofLane(push.engine, ref, found)).toBeUndefined();
  });

  it("is one message for a probe, which waits for no others", async () => {
    const push = await aPush({ batch: { maxMessages: 9, maxBytes: 4_096, windowSeconds: 60 } });
    const found = await readerOfLane(push.engine, refOf(push.subscription));
    expect(found && probing(found).subscription.batch).toEqual({
      maxMessages: 1,
      maxBytes: 4_096,
      windowSeconds: 0,
    });
  });
});
