import { putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { wake } from "../../../lib/operations/manage/wake.js";
import { aPush } from "../a-push.js";

describe("waking a subscription", () => {
  it("starts its pump, which then tries its target though it sleeps", async () => {
    // GIVEN
    const push = await aPush();
    const started: unknown[] = [];
    push.starter.handlers = { pump: (start) => started.push(start), clock: () => undefined };
    // WHEN
    const woken = await wake(push.engine, "orders", "ship");
    // THEN
    expect(woken.name).toBe("ship");
    expect(started).toMatchObject([{ lane: 0, hints: { probes: true } }]);
  });

  it("is refused for one that is pulled, and for one that is not there", async () => {
    const push = await aPush();
    await putSubscription(push.engine, "orders", "pulled", { from: "earliest" });
    await expect(wake(push.engine, "orders", "pulled")).rejects.toMatchObject({ code: "invalid-request" });
    await expect(wake(push.engine, "orders", "gone")).rejects.toMatchObject({
      code: "subscription-not-found",
    });
  });
});
