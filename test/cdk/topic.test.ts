import { Duration, Lazy, RemovalPolicy } from "aws-cdk-lib";
import { Match, type Template } from "aws-cdk-lib/assertions";
import { Ordering, type TopicOptions, TraceLevel } from "../../cdk/topic-options.js";
import { aSluice } from "./a-sluice.js";

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
    dedupWindow: Duration.days(1),
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
    dedupWindowSeconds: 86_400,
    paused: "delivery",
    description: "what was ordered",
  });
});

it("passes on a schema, which is checked with the construct's path", () => {
  const schema = { type: "object", required: ["order"], "x-owner": "shop" };
  expect(settingsIn(aTopic({ schema }).template())).toEqual({ schema });
  expect(() => aTopic({ schema: { type: "objekt", required: 1 } })).toThrow(
    /^Test\/Queue\/orders: schema\.(type|required) must be/,
  );
  expect(() => aTopic({ schema: { enum: ["a", undefined] } })).toThrow(
    /orders: schema\.enum\[1\] is undefined: use a JSON value/,
  );
  expect(() => aTopic({ schema: { description: "x".repeat(40_000) } })).toThrow(
    /schema has 40018 bytes: at most 32768/,
  );
  const tokens = { description: Lazy.string({ produce: () => "late" }) };
  expect(settingsIn(aTopic({ schema: tokens }).template())).toEqual({ schema: { description: "late" } });
});

it("traces attempts if told to, and refuses what it does not know", () => {
  expect(settingsIn(aTopic({ trace: TraceLevel.ATTEMPTS }).template())).toEqual({ trace: "attempts" });
  const trace = "everything" as TraceLevel;
  expect(() => aTopic({ trace })).toThrow(
    /^Test\/Queue\/orders: trace is "everything": use "off" or "attempts"$/,
  );
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
  ["a long window", { dedupWindow: Duration.days(8) }, "orders", "use a whole number from 0 to 604800"],
  [
    "a long retention",
    { retention: Duration.days(366) },
    "orders",
    "use a whole number from 3600 to 31536000",
  ],
] as const)("turns down %s at synthesis", (_, options, id, text) => {
  expect(() => aTopic(options, id)).toThrow(text);
});
