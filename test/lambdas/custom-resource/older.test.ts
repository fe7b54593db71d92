import { putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { aSubscription, aTopic } from "./a-cloudformation.js";
import { OLDER, aStack, subscriptionIn, topicIn, uidsIn } from "./a-stack.js";

describe("what the release before this one made", () => {
  /** Items without owners, and a stack whose template says nothing of them. */
  async function anOlderStack() {
    const { made, stack } = aStack();
    await putTopic(made.engine, "orders", {});
    await putSubscription(made.engine, "orders", "audit", {});
    stack.has("Orders", "/v1/topics/orders", aTopic("orders", {}, OLDER));
    stack.has("Audit", "/v1/topics/orders/subscriptions/audit", aSubscription("orders", "audit", {}, OLDER));
    made.clock.advance(86_400_000);
    return { made, stack, before: await uidsIn(made, "orders", ["audit"]) };
  }
  const now = { Orders: aTopic("orders"), Audit: aSubscription("orders", "audit") };

  it("GIVEN an update to this release WHEN it is deployed THEN all is owned, and goes with it", async () => {
    const { made, stack, before } = await anOlderStack();
    expect(await stack.deploy(now)).toEqual({ kind: "done", said: [] });
    expect(await uidsIn(made, "orders", ["audit"])).toEqual(before);
    await stack.delete();
    expect(await topicIn(made)).toBeUndefined();
  });

  it("GIVEN an update to this release WHEN it is rolled back, and done again THEN all is as it was", async () => {
    const { made, stack, before } = await anOlderStack();
    expect((await stack.deploy(now, { failsAtEnd: true })).kind).toBe("rolled-back");
    expect((await stack.deploy(now)).kind).toBe("done");
    expect(await uidsIn(made, "orders", ["audit"])).toEqual(before);
  });

  it("GIVEN an update to this release WHEN a construct left with it THEN what it had is deleted", async () => {
    const { made, stack } = await anOlderStack();
    await stack.deploy({ Orders: now.Orders });
    expect(await subscriptionIn(made, "audit")).toBeUndefined();
  });

  it("GIVEN an update to this release WHEN a construct moved with it THEN it has to adopt", async () => {
    const { made, stack, before } = await anOlderStack();
    const moved = (Adopt: string) => ({
      Orders: now.Orders,
      Moved: aSubscription("orders", "audit", {}, { App: "app-1", Adopt }),
    });
    expect(await stack.deploy(moved("false"))).toMatchObject({ kind: "rolled-back" });
    expect(await stack.deploy(moved("true"))).toMatchObject({ kind: "done" });
    expect(await uidsIn(made, "orders", ["audit"])).toEqual(before);
  });
});
