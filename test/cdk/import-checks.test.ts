import { App, RemovalPolicy, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Ordering, Sluice, Subscription, Topic } from "../../cdk/index.js";
import { ATTRIBUTES } from "./deployed.js";

describe("checks of what is imported", () => {
  const imported = (env?: { account: string; region: string }) => {
    const stack = new Stack(new App(), "Shop", env ? { env } : {});
    return { stack, queue: Sluice.fromAttributes(stack, "Queue", ATTRIBUTES) };
  };

  it.each(Object.keys(ATTRIBUTES))("GIVEN JavaScript WHEN %s is left out THEN that fails", (name) => {
    const stack = new Stack(new App(), "Shop");
    expect(() => Sluice.fromAttributes(stack, "Queue", { ...ATTRIBUTES, [name]: undefined })).toThrow(
      `Shop: ${name} is missing`,
    );
  });

  it("GIVEN a queue of another region or account WHEN a topic is added THEN that fails", () => {
    const here = { account: "111122223333", region: "us-east-1" };
    expect(() => imported(here).queue.addTopic("returns")).toThrow(
      "the topic's stack is in region us-east-1",
    );
    const other = { account: "444455556666", region: "eu-central-1" };
    expect(() => imported(other).queue.addTopic("returns")).toThrow("is in account 444455556666");
  });

  it("GIVEN a topic by name WHEN its ordering is said THEN subscriptions are checked by it, else by the API", () => {
    const { stack, queue } = imported();
    const props = { onDeadLetter: "hold" } as const;
    const unknown = Topic.fromName(stack, "A", { queue, topicName: "a" });
    expect(() => unknown.addPullSubscription("audit", props)).not.toThrow();
    const plain = Topic.fromName(stack, "B", { queue, topicName: "b", ordering: Ordering.NONE });
    expect(() => plain.addPullSubscription("audit", props)).toThrow("is for topics with ordering");
    expect(() => Topic.fromName(stack, "C", { queue, topicName: "c/d" })).toThrow("is not a topic name");
    const topic = unknown;
    expect(() => Subscription.fromName(stack, "D", { topic, subscriptionName: "" })).toThrow(
      "is not a subscription name",
    );
  });

  it("GIVEN an import WHEN its topics leave the stack THEN they are kept, unless it says otherwise", () => {
    const policies = (removalPolicy?: RemovalPolicy) => {
      const stack = new Stack(new App(), "Shop");
      const options = removalPolicy ? { removalPolicy } : {};
      Sluice.fromParameters(stack, "Queue", "/sluice/shared", options).addTopic("returns");
      return Object.values(Template.fromStack(stack).findResources("Custom::SluiceTopic"))[0]?.[
        "DeletionPolicy"
      ];
    };
    expect([policies(), policies(RemovalPolicy.DESTROY)]).toEqual(["RetainExceptOnCreate", "Delete"]);
  });

  it("GIVEN a webhook with a secret WHEN it is added THEN the queue's roles may read that", () => {
    const { stack, queue } = imported();
    queue
      .addTopic("returns")
      .addWebhook("shop", "https://shop.example.com", { secret: new Secret(stack, "Secret") });
    Template.fromStack(stack).hasResourceProperties("AWS::SecretsManager::ResourcePolicy", {
      ResourcePolicy: {
        Statement: [
          Match.objectLike({ Principal: { AWS: [ATTRIBUTES.pumpRoleArn, ATTRIBUTES.apiRoleArn] } }),
        ],
      },
    });
  });

  it("GIVEN metrics that the queue tells apart WHEN an imported topic is asked THEN they are the queue's", () => {
    const stack = new Stack(new App(), "Shop");
    const queue = Sluice.fromAttributes(stack, "Queue", { ...ATTRIBUTES, metrics: "topic" });
    const topic = Topic.fromName(stack, "Orders", { queue, topicName: "orders" });
    expect(topic.metricBacklog()).toMatchObject({
      metricName: "backlog",
      dimensions: { queue: ATTRIBUTES.queueName, topic: "orders" },
    });
    const coarse = Sluice.fromAttributes(stack, "Coarse", ATTRIBUTES);
    const unseen = Topic.fromName(stack, "Unseen", { queue: coarse, topicName: "orders" });
    expect(() => unseen.metricBacklog()).toThrow('Shop/Coarse: metrics is "queue"');
    const wrong = { ...ATTRIBUTES, metrics: "all" as "topic" };
    expect(() => Sluice.fromAttributes(stack, "Wrong", wrong)).toThrow('metrics is "all"');
  });

  it("GIVEN a name that the app has WHEN it is used again THEN that fails", () => {
    const { stack, queue } = imported();
    queue.addTopic("returns");
    expect(() => new Topic(stack, "Again", { queue, topicName: "returns" })).toThrow(
      "already made by Shop/Queue/returns",
    );
  });
});
