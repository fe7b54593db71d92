import { Duration, Size, type Stack } from "aws-cdk-lib";
import { Annotations, Match } from "aws-cdk-lib/assertions";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { SluiceProps } from "../../cdk/sluice-props.js";
import type { LambdaSubscriptionProps, WebhookSubscriptionProps } from "../../cdk/subscription-options.js";
import type { TopicOptions } from "../../cdk/topic-options.js";
import { aFunction, aSluice, functionAt } from "./a-sluice.js";

/** JavaScript knows no types. */
const any = <T>(value: unknown): T => value as T;

describe("a queue", () => {
  it.each<[string, SluiceProps]>([
    ['auth is "None": use "iam" or "jwt" or "lambda" or "none"', any({ auth: "None" })],
    ['auth is "": use', any({ auth: "" })],
    ["auth is true: use", any({ auth: true })],
    ['endpoint is "REST": use "http" or "rest"', any({ endpoint: "REST" })],
    ["requestsPerSecond is NaN", { requestsPerSecond: NaN }],
    ["requestsPerSecond is 0", { requestsPerSecond: 0 }],
    ["requestsBurst is 1.5", { requestsBurst: 1.5 }],
    ["inlineLimit in bytes is 1048576", { inlineLimit: Size.mebibytes(1) }],
    ["uploadLimit in bytes is 6442450944", { uploadLimit: Size.gibibytes(6) }],
    ['uploadOrigins has "shop.example.com"', { uploadOrigins: ["shop.example.com"] }],
    ["inlineLimit in bytes is 10.5", { inlineLimit: Size.bytes(10.5) }],
    ['tracing is "yes": use true or false', any({ tracing: "yes" })],
    ["functions.pump.memory in MB is 512.5", { functions: { pump: { memory: Size.kibibytes(524_800) } } }],
    ["functions.api.reservedConcurrency is 1.5", { functions: { api: { reservedConcurrency: 1.5 } } }],
    ["environment.SLUICE_BUCKET: Sluice sets this itself", { environment: { SLUICE_BUCKET: "mine" } }],
    ["environment.AWS_REGION: Lambda sets this itself", { environment: { AWS_REGION: "eu" } }],
    ["environment.A-B: use letters", { environment: { "A-B": "x" } }],
    ["environment.LEVEL is 5: use text", any({ environment: { LEVEL: 5 } })],
    ['webhookTargets.allow[0] is "not a name"', { webhookTargets: { allow: ["not a name"] } }],
  ])("is refused with its path: %s", (text, props) => {
    expect(() => aSluice(props)).toThrow(`Test/Queue: ${text}`);
  });

  it("GIVEN an emulator's address WHEN it is a variable THEN that is allowed", () => {
    expect(() => aSluice({ environment: { AWS_ENDPOINT_URL: "http://localhost" } })).not.toThrow();
  });
});

describe("a topic", () => {
  it.each<[string, TopicOptions]>([
    ["partitions is 1.5: use a whole number", { partitions: 1.5 }],
    ["partitions is NaN", { partitions: NaN }],
    ['partitions is "16"', any({ partitions: "16" })],
    ["retention in seconds is 3600.5", { retention: Duration.millis(3_600_500) }],
    ['paused is true: use "none"', any({ paused: true })],
    ['ordering is "byKey": use "none" or "key"', any({ ordering: "byKey" })],
    ["description has 1001 characters: use at most 1000", { description: "x".repeat(1_001) }],
    ["description is not well-formed Unicode", { description: "\ud800" }],
    ['"or ders" is not a topic name', { topicName: "or ders" }],
    ['adopt is "true": use true or false', any({ adopt: "true" })],
  ])("is refused with its path: %s", (text, options) => {
    expect(() => aSluice().queue.addTopic("orders", options)).toThrow(`Test/Queue/orders: ${text}`);
  });

  it.each(["Storage", "Functions", "Endpoint", "ApiUrl", "EveryMinute", "Resource"])(
    "GIVEN the id %s of one of Sluice's own parts WHEN it is used THEN it says what to do",
    (id) => {
      const { queue } = aSluice();
      expect(() => queue.addTopic(id)).toThrow(`Test/Queue: the id "${id}" is taken`);
      expect(queue.addTopic("Other", { topicName: id }).topicName).toBe(id);
    },
  );
});

describe("a subscription", () => {
  const make = (props: LambdaSubscriptionProps, timeout?: Duration) => {
    const { stack, queue } = aSluice();
    return queue.addTopic("orders").subscribe("ship", aFunction(stack, "Handler", { timeout }), props);
  };

  it.each<[string, LambdaSubscriptionProps]>([
    ["maxConcurrency is 2.5", { maxConcurrency: 2.5 }],
    ["maxConcurrency is 600: use at most 512", { maxConcurrency: 600, rateLimitPerSecond: 5 }],
    [
      "maxConcurrency is 600: use at most 512 with a batchWindow",
      { maxConcurrency: 600, batchWindow: Duration.seconds(5) },
    ],
    ["batchWindow in seconds is 0.5", { batchWindow: Duration.millis(500) }],
    ["rateLimitPerSecond is NaN", { rateLimitPerSecond: NaN }],
    ["batchMaxMessages is NaN", { batchMaxMessages: NaN }],
    ["ackDeadline in seconds is 30.5", { ackDeadline: Duration.millis(30_500) }],
    ['paused is "delivery": use true or false', any({ paused: "delivery" })],
    ['from is "first": use "latest" or "earliest"', any({ from: "first" })],
    ['from.place is "middle": use "latest" or "earliest"', any({ from: { place: "middle" } })],
    ['from.time is "yesterday": use a time', { from: { time: "yesterday" } }],
    ['from.time is "2026-01-31": use a time', { from: { time: "2026-01-31" } }],
    ["from.time is 2099-01-01T00:00:00Z, which is in the future", { from: { time: "2099-01-01T00:00:00Z" } }],
    ["from.id is the id of a message", { from: { id: "" } }],
    ['retry.jitter is "full": use true or false', any({ retry: { jitter: "full" } })],
    ["retry.maxAttempts is 0", { retry: { maxAttempts: 0 } }],
    ["filter.tag", { filter: { tag: "created" } }],
    ["filter.tag[1] is undefined: use a JSON value", { filter: { tag: ["created", undefined] } }],
  ])("is refused with its path: %s", (text, props) => {
    expect(() => make(props)).toThrow(`Test/Queue/orders/ship: ${text}`);
  });

  it("GIVEN the id of its own resource WHEN it is used THEN it says what to do", () => {
    const topic = aSluice().queue.addTopic("orders");
    expect(() => topic.addPullSubscription("Resource")).toThrow("give the name as subscriptionName");
  });

  it("GIVEN no batch window WHEN it is wide THEN that is fine", () => {
    expect(() => make({ maxConcurrency: 600, batchWindow: Duration.seconds(0) })).not.toThrow();
  });

  it("GIVEN a batch window WHEN it is pulled THEN that is refused", () => {
    const topic = aSluice().queue.addTopic("orders");
    expect(() => topic.addPullSubscription("audit", any({ batchWindow: Duration.seconds(5) }))).toThrow(
      "batchWindow is for functions and webhooks",
    );
  });

  it("GIVEN a rate limit WHEN it is pulled THEN that is refused", () => {
    const topic = aSluice().queue.addTopic("orders");
    expect(() => topic.addPullSubscription("audit", any({ rateLimitPerSecond: 5 }))).toThrow(
      "consumers choose their own pace",
    );
  });

  it.each<[string, string, WebhookSubscriptionProps]>([
    ["url must begin with https://", "http://shop.example.com", {}],
    ["url must be a URL", "shop.example.com/hooks", {}],
    ["url", "https://10.0.0.1/hooks", {}],
    ['format is "xml": use "message" or "cloudevent"', "https://shop.example.com", any({ format: "xml" })],
    [
      "ackDeadline is 5 s, and timeout 15 s",
      "https://shop.example.com",
      { ackDeadline: Duration.seconds(5) },
    ],
  ])("GIVEN a webhook WHEN it cannot work THEN it is refused: %s", (text, url, props) => {
    const topic = aSluice().queue.addTopic("orders");
    expect(() => topic.addWebhook("hook", url, props)).toThrow(`Test/Queue/orders/hook: ${text}`);
  });

  it("GIVEN a private receiver that the queue allows WHEN a webhook leads there THEN it may", () => {
    const { queue } = aSluice({ webhookTargets: { allow: ["10.0.0.0/8"] } });
    expect(() => queue.addTopic("orders").addWebhook("hook", "https://10.0.0.1/hooks")).not.toThrow();
  });
});

describe("the ack deadline, and how long a function may run", () => {
  const deadline = { ackDeadline: Duration.seconds(30) };
  const warningsOf = (make: (stack: Stack) => IFunction, props: LambdaSubscriptionProps) => {
    const { stack, queue } = aSluice();
    queue.addTopic("orders").subscribe("ship", make(stack), props);
    return Annotations.fromStack(stack).findWarning("*", Match.stringLikeRegexp("time-out is not known"));
  };
  const slow = (stack: Stack) => aFunction(stack, "Handler", { timeout: Duration.minutes(1) });

  it.each<[string, (stack: Stack) => IFunction]>([
    ["function", slow],
    ["version", (stack) => slow(stack).currentVersion as IFunction],
    ["alias", (stack) => slow(stack).addAlias("live") as IFunction],
  ])("GIVEN a %s that may run longer WHEN it subscribes THEN that is refused", (_, make) => {
    expect(() => warningsOf(make, deadline)).toThrow(
      "Test/Queue/orders/ship: ackDeadline is 30 s, and the function's time-out 60 s",
    );
    expect(warningsOf(make, {})).toEqual([]);
  });

  it("GIVEN a function that was made elsewhere WHEN no deadline is given THEN a warning says so", () => {
    const imported = (stack: Stack) =>
      functionAt(stack, "arn:aws:lambda:eu-central-1:111122223333:function:ship");
    expect(warningsOf(imported, {})).toHaveLength(1);
    expect(warningsOf(imported, deadline)).toEqual([]);
  });

  it("GIVEN a function without a time-out WHEN the deadline is below Lambda's default THEN that is refused", () => {
    expect(() => warningsOf((stack) => aFunction(stack), { ackDeadline: Duration.seconds(2) })).toThrow(
      "the function's time-out 3 s",
    );
  });
});
