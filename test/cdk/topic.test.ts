import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { Match, type Template } from "aws-cdk-lib/assertions";
import { Ordering, type TopicOptions } from "../../cdk/topic.js";
import { aFunction, aSluice, statementsOf } from "./a-sluice.js";

function aTopic(options: TopicOptions = {}, id = "orders") {
  const made = aSluice();
  const topic = made.queue.addTopic(id, options);
  return { ...made, topic };
}

function settingsIn(template: Template): unknown {
  const [found] = Object.values(template.findResources("Custom::SluiceTopic"));
  return JSON.parse((found as { Properties: { Settings: string } }).Properties.Settings) as unknown;
}

it("is made by the provisioning function, with numbers that stay numbers", () => {
  const { template } = aTopic({
    ordering: Ordering.BY_KEY,
    partitions: 4,
    retention: Duration.days(7),
    paused: "delivery",
    description: "what was ordered",
  });
  template().hasResourceProperties("Custom::SluiceTopic", {
    ServiceToken: { "Fn::GetAtt": [Match.stringLikeRegexp("FunctionsProvision"), "Arn"] },
    ServiceTimeout: "480",
    Topic: "orders",
  });
  expect(settingsIn(template())).toEqual({
    ordering: "key",
    partitions: 4,
    retentionSeconds: 604_800,
    paused: "delivery",
    description: "what was ordered",
  });
});

it("leaves what it is not told to the operation's defaults", () => {
  expect(settingsIn(aTopic().template())).toEqual({});
});

it("is made after the function that makes it, and what that needs", () => {
  aTopic()
    .template()
    .hasResource("Custom::SluiceTopic", {
      DependsOn: Match.arrayWith([Match.stringLikeRegexp("FunctionsProvisionRoleDefaultPolicy")]),
    });
});

it("is kept, or goes with the stack, as the queue is unless told", () => {
  const policyOf = (options: TopicOptions, removalPolicy: RemovalPolicy) => {
    const { queue, template } = aSluice({ removalPolicy });
    queue.addTopic("orders", options);
    return Object.values(template().findResources("Custom::SluiceTopic"))[0]?.["DeletionPolicy"] as unknown;
  };
  expect(policyOf({}, RemovalPolicy.RETAIN)).toBe("RetainExceptOnCreate");
  expect(policyOf({}, RemovalPolicy.DESTROY)).toBe("Delete");
  expect(policyOf({ removalPolicy: RemovalPolicy.DESTROY }, RemovalPolicy.RETAIN)).toBe("Delete");
});

it.each([
  ["a name with a space", {}, "my orders", "use 1 to 80 characters from A-Z a-z 0-9 _ -"],
  ["no partitions", { partitions: 0 }, "orders", "partitions is 0: use a whole number from 1 to 256"],
  ["too many partitions", { partitions: 257 }, "orders", "partitions is 257"],
  [
    "a short retention",
    { retention: Duration.minutes(59) },
    "orders",
    "use a whole number from 3600 to 31536000",
  ],
  [
    "a long retention",
    { retention: Duration.days(366) },
    "orders",
    "use a whole number from 3600 to 31536000",
  ],
] as const)("turns down %s at synthesis", (_, options, id, text) => {
  expect(() => aTopic(options, id)).toThrow(text);
});

describe("grants", () => {
  const pathsOf = (template: Template) =>
    statementsOf(template, "HandlerServiceRole").flatMap(({ actions, resources }) =>
      resources.map((resource) => {
        const [path] = /\/(\$default|prod)\/[^"]+/.exec(JSON.stringify(resource)) ?? [];
        return `${actions.join()} ${path}`;
      }),
    );

  it("publish is to publish to this topic, and nothing else", () => {
    const { stack, topic, template } = aTopic();
    topic.grantPublish(aFunction(stack));
    expect(pathsOf(template())).toEqual([
      "execute-api:Invoke /$default/POST/v1/topics/orders/messages",
      "execute-api:Invoke /$default/POST/v1/topics/orders/messages/raw",
    ]);
  });

  it("consume is to receive and settle on this topic's subscriptions, and nothing else", () => {
    const { stack, topic, template } = aTopic();
    topic.grantConsume(aFunction(stack));
    expect(pathsOf(template())).toEqual([
      "execute-api:Invoke /$default/POST/v1/topics/orders/subscriptions/*/receive",
      "execute-api:Invoke /$default/POST/v1/topics/orders/subscriptions/*/settle",
    ]);
  });

  it("consume of one subscription is of no other", () => {
    const { stack, topic, template } = aTopic();
    topic.addPullSubscription("audit").grantConsume(aFunction(stack));
    expect(pathsOf(template())).toEqual([
      "execute-api:Invoke /$default/POST/v1/topics/orders/subscriptions/audit/receive",
      "execute-api:Invoke /$default/POST/v1/topics/orders/subscriptions/audit/settle",
    ]);
  });

  it("seek is to seek on this topic's subscriptions, or on one of them, and nothing else", () => {
    const all = aTopic();
    all.topic.grantSeek(aFunction(all.stack));
    expect(pathsOf(all.template())).toEqual([
      "execute-api:Invoke /$default/POST/v1/topics/orders/subscriptions/*/seek",
    ]);
    const one = aTopic();
    one.topic.addPullSubscription("audit").grantSeek(aFunction(one.stack));
    expect(pathsOf(one.template())).toEqual([
      "execute-api:Invoke /$default/POST/v1/topics/orders/subscriptions/audit/seek",
    ]);
  });

  it("dead letters is to look at, send again and delete those of this topic, or of one subscription", () => {
    const below = (subscription: string) => {
      const path = `/v1/topics/orders/subscriptions/${subscription}/dead-letters`;
      return [
        `DELETE${path}/*`,
        `GET${path}`,
        `GET${path}/*`,
        `POST${path}/purge`,
        `POST${path}/redrive`,
      ].map((request) => `execute-api:Invoke /$default/${request}`);
    };
    const all = aTopic();
    all.topic.grantDeadLetters(aFunction(all.stack));
    expect([...pathsOf(all.template())].sort()).toEqual(below("*"));
    const one = aTopic();
    one.topic.addPullSubscription("audit").grantDeadLetters(aFunction(one.stack));
    expect([...pathsOf(one.template())].sort()).toEqual(below("audit"));
  });

  it("messages is to look at and settle those of this topic, or of one subscription", () => {
    const below = (subscription: string) => {
      const path = `/v1/topics/orders/subscriptions/${subscription}/messages`;
      return [`GET${path}`, `POST${path}/*/settle`].map(
        (request) => `execute-api:Invoke /$default/${request}`,
      );
    };
    const all = aTopic();
    all.topic.grantMessages(aFunction(all.stack));
    expect([...pathsOf(all.template())].sort()).toEqual(below("*"));
    const one = aTopic();
    one.topic.addPullSubscription("audit").grantMessages(aFunction(one.stack));
    expect([...pathsOf(one.template())].sort()).toEqual(below("audit"));
  });

  it("read is to read this topic's messages, and nothing else", () => {
    const { stack, topic, template } = aTopic();
    topic.grantRead(aFunction(stack));
    expect([...pathsOf(template())]).toEqual(["execute-api:Invoke /$default/GET/v1/topics/orders/messages"]);
  });

  it("names the stage of a REST endpoint", () => {
    const { stack, queue, template } = aSluice({ endpoint: "rest" });
    queue.addTopic("orders").grantPublish(aFunction(stack));
    expect(pathsOf(template())).toContain("execute-api:Invoke /prod/POST/v1/topics/orders/messages");
  });
});
