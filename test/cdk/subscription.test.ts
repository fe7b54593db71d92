import { Duration, RemovalPolicy, Size, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { LambdaSubscriptionProps } from "../../cdk/subscription-options.js";
import { Ordering } from "../../cdk/topic-options.js";
import { Subscription } from "../../cdk/subscription.js";
import { aFunction, aSluice } from "./a-sluice.js";

function aSubscription(props: LambdaSubscriptionProps = {}, timeout?: Duration) {
  const made = aSluice();
  const topic = made.queue.addTopic("orders");
  const fn = aFunction(made.stack, "Handler", { timeout });
  return { ...made, topic, fn, subscription: topic.subscribe("logistics", fn, props) };
}

/** The settings as the provisioning function will read them, with the function's ARN put in. */
function settingsIn(template: Template): Record<string, unknown> {
  const [found] = Object.values(template.findResources("Custom::SluiceSubscription"));
  const { Settings } = (found as { Properties: { Settings: unknown } }).Properties;
  const parts =
    typeof Settings === "string"
      ? [Settings]
      : (Settings as { "Fn::Join": [string, unknown[]] })["Fn::Join"][1];
  return JSON.parse(parts.map((part) => (typeof part === "string" ? part : "ARN")).join("")) as Record<
    string,
    unknown
  >;
}

it("delivers to the function, as told", () => {
  const { template } = aSubscription({
    maxConcurrency: 5,
    rateLimitPerSecond: 2.5,
    ackDeadline: Duration.minutes(2),
    batchMaxMessages: 50,
    batchMaxSize: Size.kibibytes(64),
    batchWindow: Duration.seconds(20),
    paused: true,
    from: "earliest",
  });
  template().hasResourceProperties("Custom::SluiceSubscription", {
    ServiceToken: { "Fn::GetAtt": [Match.stringLikeRegexp("FunctionsProvision"), "Arn"] },
    Topic: "orders",
    Subscription: "logistics",
  });
  expect(settingsIn(template())).toEqual({
    target: { type: "lambda", functionArn: "ARN" },
    ackDeadlineSeconds: 120,
    maxConcurrency: 5,
    rateLimitPerSecond: 2.5,
    batch: { maxMessages: 50, maxBytes: 65_536, windowSeconds: 20 },
    paused: true,
    from: "earliest",
  });
});

it("has failed messages wait, as told, and names nothing else", () => {
  const retry = { minBackoff: Duration.seconds(10), schedule: [Duration.seconds(5), Duration.minutes(1)] };
  expect(settingsIn(aSubscription({ retry }).template())["retry"]).toEqual({
    minBackoffSeconds: 10,
    scheduleSeconds: [5, 60],
  });
  const exact = aSubscription({ retry: { maxBackoff: Duration.minutes(5), jitter: false } });
  expect(settingsIn(exact.template())["retry"]).toMatchObject({ maxBackoffSeconds: 300, jitter: "none" });
});

it.each([
  ["retry.minBackoff", { minBackoff: Duration.millis(0) }],
  ["retry.minBackoff", { minBackoff: Duration.hours(2) }],
  ["retry.maxBackoff", { maxBackoff: Duration.days(2) }],
  ["retry.schedule[1]", { schedule: [Duration.seconds(1), Duration.days(2)] }],
  ["the length of retry.schedule", { schedule: Array<Duration>(51).fill(Duration.seconds(1)) }],
])("refuses a wait that cannot be: %s", (what, retry) => {
  expect(() => aSubscription({ retry })).toThrow(what);
});

it("says how often messages are tried, and how long dead letters are kept", () => {
  const props = { retry: { maxAttempts: 3 }, deadLetterRetention: Duration.days(30) };
  expect(settingsIn(aSubscription(props).template())).toMatchObject({
    retry: { maxAttempts: 3 },
    deadLetter: { retentionSeconds: 2_592_000 },
  });
  expect(() => aSubscription({ retry: { maxAttempts: 0 } })).toThrow("retry.maxAttempts");
  const minute = { deadLetterRetention: Duration.minutes(1) };
  expect(() => aSubscription(minute)).toThrow("deadLetterRetention");
});

it("says that keys hold for their dead letters, where there is an order of keys", () => {
  const { queue, template } = aSluice();
  const hold = { onDeadLetter: "hold" } as const;
  queue
    .addTopic("accounts", { ordering: Ordering.BY_KEY })
    .addPullSubscription("ledger", { from: "earliest", ...hold });
  expect(settingsIn(template())).toMatchObject({ deadLetter: { onDeadLetter: "hold" } });
  expect(() => aSubscription(hold)).toThrow('onDeadLetter "hold" is for topics with ordering "key"');
  expect(() => aSubscription({ onDeadLetter: "keep" as never })).toThrow("onDeadLetter");
  expect(settingsIn(aSubscription({ onDeadLetter: "release" }).template())).toMatchObject({
    deadLetter: { onDeadLetter: "release" },
  });
});

it("keeps messages for whoever asks, without a function", () => {
  const { queue, template } = aSluice();
  queue.addTopic("orders").addPullSubscription("audit", { from: { time: "2026-01-01T00:00:00.000Z" } });
  expect(settingsIn(template())).toEqual({
    target: { type: "pull" },
    from: { time: "2026-01-01T00:00:00.000Z" },
  });
});

it.each([
  ["30 seconds, at least", Duration.seconds(3), 30],
  ["as long as the function may run", Duration.minutes(5), 300],
])("gives a message %s", (_, timeout, seconds) => {
  const { template } = aSubscription({}, timeout);
  expect(settingsIn(template())).toEqual({ target: { type: "lambda", functionArn: "ARN" } });
  template().hasResourceProperties("Custom::SluiceSubscription", {
    Derived: JSON.stringify({ ackDeadlineSeconds: seconds }),
  });
});

it("GIVEN a deadline WHEN it is synthesized THEN none is worked out", () => {
  const { template } = aSubscription({ ackDeadline: Duration.minutes(1) });
  template().hasResourceProperties("Custom::SluiceSubscription", { Derived: Match.absent() });
  expect(settingsIn(template())["ackDeadlineSeconds"]).toBe(60);
});

it("lets the pump, and nobody else, invoke the function", () => {
  aSubscription()
    .template()
    .hasResourceProperties("AWS::Lambda::Permission", {
      Action: "lambda:InvokeFunction",
      FunctionName: { "Fn::GetAtt": [Match.stringLikeRegexp("^Handler"), "Arn"] },
      Principal: { "Fn::GetAtt": [Match.stringLikeRegexp("FunctionsPumpRole"), "Arn"] },
    });
});

it("GIVEN functions with many subscriptions WHEN they are synthesized THEN each has one permission", () => {
  const { stack, queue, template } = aSluice();
  const functions = Array.from({ length: 10 }, (_, index) => aFunction(stack, `Handler${index}`));
  for (let topic = 0; topic < 60; topic++) {
    const orders = queue.addTopic(`topic-${topic}`);
    for (let name = 0; name < 5; name++)
      orders.subscribe(`s-${name}`, functions[(topic + name) % functions.length] as IFunction);
  }
  const made = template();
  const permissions = made.findResources("AWS::Lambda::Permission");
  expect(Object.keys(permissions).filter((id) => id.startsWith("SluiceInvoke"))).toHaveLength(10);
  made.resourceCountIs("Custom::SluiceSubscription", 300);
  const { Resources } = made.toJSON() as { Resources: object };
  // CloudFormation takes no more in one stack.
  expect(Object.keys(Resources).length).toBeLessThanOrEqual(500);
  expect(JSON.stringify(made.toJSON()).length).toBeLessThan(1_000_000);
});

it("is made after its topic and the pump's permission, and goes before them", () => {
  aSubscription()
    .template()
    .hasResource("Custom::SluiceSubscription", {
      DependsOn: Match.arrayWith([
        Match.stringLikeRegexp("^Queueorders[0-9A-F]{8}$"),
        Match.stringLikeRegexp("^SluiceInvoke[0-9a-f]{24}$"),
      ]),
    });
});

describe("whether it outlives its construct", () => {
  const policiesOf = (of: RemovalPolicy, props: LambdaSubscriptionProps = {}) => {
    const { queue, template } = aSluice({ removalPolicy: of });
    queue.addTopic("orders").addPullSubscription("audit", props);
    const [found] = Object.values(template().findResources("Custom::SluiceSubscription"));
    return [found?.["DeletionPolicy"], found?.["UpdateReplacePolicy"]] as unknown;
  };

  it("GIVEN a queue that is kept WHEN it leaves the stack THEN its progress stays, unless it is only renamed", () => {
    expect(policiesOf(RemovalPolicy.RETAIN)).toEqual(["RetainExceptOnCreate", "Delete"]);
  });

  it("GIVEN a policy of its own, or a queue that goes WHEN it leaves the stack THEN it goes", () => {
    const removalPolicy = RemovalPolicy.DESTROY;
    expect(policiesOf(RemovalPolicy.RETAIN, { removalPolicy })).toEqual(["Delete", "Delete"]);
    expect(policiesOf(removalPolicy)).toEqual(["Delete", "Delete"]);
  });

  it("GIVEN a topic that goes WHEN its subscription is to stay THEN that is refused", () => {
    expect(() => policiesOf(RemovalPolicy.DESTROY, { removalPolicy: RemovalPolicy.RETAIN })).toThrow(
      "Test/Queue/orders/audit: removalPolicy: a topic that is deleted cannot keep a subscription",
    );
  });
});

it("can have many beside it, none waiting for another", () => {
  const { stack, queue } = aSluice();
  const topic = queue.addTopic("orders");
  for (const id of ["logistics", "cart", "points"]) topic.subscribe(id, aFunction(stack, id));
  Template.fromStack(stack).resourceCountIs("Custom::SluiceSubscription", 3);
});

it("can live in the stack of its function", () => {
  // GIVEN
  const { stack, queue } = aSluice();
  const topic = queue.addTopic("orders");
  const app = new Stack(stack.node.root, "App");
  const fn: IFunction = aFunction(app);
  // WHEN
  new Subscription(app, "logistics", { topic, function: fn });
  topic.grantPublish(fn);
  // THEN
  Template.fromStack(app).hasResourceProperties("Custom::SluiceSubscription", {
    ServiceToken: { "Fn::ImportValue": Match.anyValue() },
    Topic: "orders",
  });
  Template.fromStack(stack).resourceCountIs("Custom::SluiceSubscription", 0);
});

it.each([
  ["a name with a dot", { subscriptionName: "a.b" }, "is not a subscription name"],
  ["no concurrency", { maxConcurrency: 0 }, "maxConcurrency is 0: use a whole number from 1 to 1000"],
  [
    "too low a rate",
    { rateLimitPerSecond: 0.01 },
    "rateLimitPerSecond is 0.01: use a number from 0.1 to 10000",
  ],
  ["a batch of too many", { batchMaxMessages: 1_001 }, "batchMaxMessages is 1001"],
  ["a window of an hour", { batchWindow: Duration.hours(1) }, "use a whole number from 0 to 300"],
  ["a batch of nothing", { batchMaxSize: Size.bytes(0) }, "use a whole number from 1024 to 4194304"],
  ["a deadline of a day", { ackDeadline: Duration.days(1) }, "use a whole number from 1 to 43200"],
])("turns down %s at synthesis", (_, props, text) => {
  expect(() => aSubscription(props)).toThrow(text);
});

it("GIVEN a filter WHEN it is synthesized THEN it goes along, and a mistake in it fails at once", () => {
  const filter = { tag: ["created"], "body.total": [{ numeric: [">", 100] }] };
  expect(settingsIn(aSubscription({ filter }).template())["filter"]).toEqual(filter);
  const wrong = { key: [5], body: { a: [{ wildcard: "**" }] } };
  expect(() => aSubscription({ filter: wrong })).toThrow(
    /filter\.key\[0\] .*; filter\.body\.a\[0\]\.wildcard/,
  );
});

it("GIVEN a filter with a value that only the deployment knows WHEN it is synthesized THEN it is checked there", () => {
  const made = aSluice();
  const filter = { "attributes.account": [Stack.of(made.stack).account] };
  const subscription = made.queue
    .addTopic("orders")
    .subscribe("logistics", aFunction(made.stack, "Handler"), { filter });
  expect(subscription.subscriptionName).toBe("logistics");
  expect(JSON.stringify(made.template().toJSON())).toContain("attributes.account");
});
