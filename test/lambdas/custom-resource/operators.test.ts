import { changeSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { changeTopic } from "../../../lib/operations/manage/topics.js";
import { aSubscription, aTopic } from "./a-cloudformation.js";
import { LAMBDA, aStack, subscriptionIn, topicIn } from "./a-stack.js";

describe("what an operator set over the API", () => {
  it("GIVEN settings that the construct does not name WHEN it is deployed THEN they stay", async () => {
    const { made, stack } = aStack();
    const template = (description: string, ackDeadlineSeconds: number) => ({
      Orders: aTopic("orders", { description }),
      Ship: aSubscription("orders", "ship", { target: LAMBDA, ackDeadlineSeconds }),
    });
    await stack.deploy(template("one", 60));
    await changeTopic(made.engine, "orders", { paused: "delivery", partitions: 64, retentionSeconds: 7_200 });
    const limits = { maxConcurrency: 2, rateLimitPerSecond: 5, paused: true, batch: { maxMessages: 3 } };
    await changeSubscription(made.engine, "orders", "ship", limits);
    expect(await stack.deploy(template("two", 90))).toEqual({ kind: "done", said: [] });
    const stays = { description: "two", paused: "delivery", partitions: 64, retentionSeconds: 7_200 };
    expect(await topicIn(made)).toMatchObject(stays);
    expect(await subscriptionIn(made, "ship")).toMatchObject({ ...limits, ackDeadlineSeconds: 90 });
  });

  it("GIVEN settings that the construct names WHEN it is deployed THEN they are set again, and told", async () => {
    const { made, stack } = aStack();
    const template = (description: string) => ({
      Orders: aTopic("orders", { description, paused: "none", partitions: 16 }),
      Ship: aSubscription("orders", "ship", { target: LAMBDA, retry: { maxAttempts: 3 } }),
    });
    await stack.deploy(template("one"));
    await changeTopic(made.engine, "orders", { paused: "all", partitions: 64 });
    const { said } = await stack.deploy(template("two"));
    expect(said).toEqual([
      'paused was changed over the API to "all", and is "none" again, as the construct says',
      "partitions stay 64: they are never taken away (the construct asks for 16)",
    ]);
    expect(await topicIn(made)).toMatchObject({ paused: "none", partitions: 64 });
  });

  it("GIVEN a setting that is named no more WHEN it is deployed THEN it is the default, unless changed", async () => {
    const { made, stack } = aStack();
    await stack.deploy({ Orders: aTopic("orders", { retentionSeconds: 7_200, description: "one" }) });
    await changeTopic(made.engine, "orders", { description: "an operator's" });
    await stack.deploy({ Orders: aTopic("orders") });
    expect(await topicIn(made)).toMatchObject({ retentionSeconds: 259_200, description: "an operator's" });
  });

  it("GIVEN a deadline that covers a time-out WHEN that grows THEN it grows, if it has to", async () => {
    const { made, stack } = aStack();
    const template = (seconds: number) => ({
      Orders: aTopic("orders"),
      Ship: aSubscription(
        "orders",
        "ship",
        { target: LAMBDA },
        {
          App: "app-1",
          Derived: JSON.stringify({ ackDeadlineSeconds: seconds }),
        },
      ),
    });
    const deadline = async () => (await subscriptionIn(made, "ship"))?.ackDeadlineSeconds;
    await stack.deploy(template(60));
    expect(await deadline()).toBe(60);
    await stack.deploy(template(120));
    expect(await deadline()).toBe(120);
    await changeSubscription(made.engine, "orders", "ship", { ackDeadlineSeconds: 600 });
    await stack.deploy(template(180));
    expect(await deadline()).toBe(600);
    await stack.deploy(template(900));
    expect(await deadline()).toBe(900);
  });
});
