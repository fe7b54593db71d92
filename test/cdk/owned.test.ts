import { RemovalPolicy, Stack } from "aws-cdk-lib";
import type { Template } from "aws-cdk-lib/assertions";
import { Sluice } from "../../cdk/sluice.js";
import { Subscription } from "../../cdk/subscription.js";
import { Topic } from "../../cdk/topic.js";
import { aSluice } from "./a-sluice.js";

const propertiesOf = (template: Template, type: string) =>
  Object.values(template.findResources(`Custom::Sluice${type}`)).map(
    (resource) => (resource as { Properties: Record<string, unknown> }).Properties,
  );

it("GIVEN topics and subscriptions WHEN they are synthesized THEN each says whose it is, and of which app", () => {
  const { queue, template } = aSluice();
  queue.addTopic("orders").addPullSubscription("audit", { adopt: true });
  const [topic] = propertiesOf(template(), "Topic");
  const [subscription] = propertiesOf(template(), "Subscription");
  expect(topic).toMatchObject({ App: queue.node.addr, Path: "Test/Queue/orders" });
  expect(topic).not.toHaveProperty("Adopt");
  expect(subscription).toMatchObject({
    App: queue.node.addr,
    Path: "Test/Queue/orders/audit",
    Adopt: "true",
  });
});

describe("names of one app", () => {
  it("GIVEN a topic WHEN another construct has its name THEN that fails, with the path of the first", () => {
    const { queue, stack } = aSluice();
    queue.addTopic("orders");
    expect(() => queue.addTopic("again", { topicName: "orders" })).toThrow(
      "Test/Queue/again: topic orders is already made by Test/Queue/orders: use another name",
    );
    const other = new Stack(stack.node.root, "Other");
    expect(() => new Topic(other, "orders", { queue })).toThrow(
      "Other/orders: topic orders is already made by",
    );
  });

  it("GIVEN a subscription WHEN another of its topic has its name THEN that fails", () => {
    const { queue, stack } = aSluice();
    const orders = queue.addTopic("orders");
    orders.addPullSubscription("audit");
    queue.addTopic("returns").addPullSubscription("audit");
    const other = new Stack(stack.node.root, "Other");
    expect(() => new Subscription(other, "audit", { topic: orders })).toThrow(
      "Other/audit: subscription audit of topic orders is already made by Test/Queue/orders/audit",
    );
  });

  it("GIVEN a construct that was removed from the tree WHEN its name is used again THEN it is free", () => {
    const { queue, template } = aSluice();
    queue.addTopic("orders");
    queue.node.tryRemoveChild("orders");
    queue.addTopic("orders", { removalPolicy: RemovalPolicy.DESTROY });
    template().resourceCountIs("Custom::SluiceTopic", 1);
  });

  it("GIVEN two queues WHEN both have a topic of a name THEN that is no matter", () => {
    const { queue, stack, template } = aSluice();
    queue.addTopic("orders");
    new Sluice(stack, "Second").addTopic("orders");
    template().resourceCountIs("Custom::SluiceTopic", 2);
  });
});
