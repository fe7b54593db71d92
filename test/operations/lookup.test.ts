import { TOPIC_CACHE_MS, findSubscription, findTopic } from "../../lib/operations/lookup.js";
import { putSubscription } from "../../lib/operations/manage/subscriptions.js";
import { changeTopic, putTopic } from "../../lib/operations/manage/topics.js";
import { aTimedDeployment } from "./a-deployment.js";

/** A topic that one process knows, and another one has just changed. */
async function changedBehindIt() {
  const deployment = aTimedDeployment();
  const [engine, other] = [deployment.process(), deployment.process()];
  await putTopic(engine, "orders", { description: "old" });
  await putSubscription(engine, "orders", "audit", {});
  await findTopic(engine, "orders");
  await changeTopic(other, "orders", { description: "new" });
  return { engine, clock: deployment.clock };
}

describe("a topic that another process has changed", () => {
  it("is known as it was for as long as the cache keeps it, and then as it is", async () => {
    const { engine, clock } = await changedBehindIt();
    await clock.advance(TOPIC_CACHE_MS - 1);
    expect((await findTopic(engine, "orders")).description).toBe("old");
    await clock.advance(1);
    expect((await findTopic(engine, "orders")).description).toBe("new");
  });

  it("is read anew for whoever asks for it as it is", async () => {
    const { engine } = await changedBehindIt();
    expect((await findTopic(engine, "orders", 0)).description).toBe("new");
    expect((await findSubscription(engine, "orders", "audit", 0)).topic.description).toBe("new");
  });
});

it("GIVEN no such topic or subscription WHEN it is looked up THEN the error says which", async () => {
  const engine = aTimedDeployment().process();
  await expect(findTopic(engine, "orders")).rejects.toMatchObject({ code: "topic-not-found" });
  await putTopic(engine, "orders", {});
  await expect(findSubscription(engine, "orders", "audit")).rejects.toMatchObject({
    code: "subscription-not-found",
  });
});
