import { Match, type Template } from "aws-cdk-lib/assertions";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { Topic as SnsTopic } from "aws-cdk-lib/aws-sns";
import type { SluiceProps } from "../../cdk/sluice-props.js";
import { aSluice } from "./a-sluice.js";
import { metricKey, publishedMetrics } from "./published-metrics.js";

const ACTION = { bind: () => ({ alarmActionArn: "arn:aws:sns:us-east-1:111122223333:operators" }) };
const watched = (props: SluiceProps = {}): Template =>
  aSluice({ alarmActions: [ACTION], ...props }).template();

interface AlarmProperties {
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
}

it("GIVEN what the functions publish WHEN alarms watch Sluice's own metrics THEN each is one of those", () => {
  // GIVEN
  const emitted = publishedMetrics({ queue: aSluice().queue.queueName, detail: "queue" });
  // WHEN
  const alarms = Object.values(watched().findResources("AWS::CloudWatch::Alarm")).map(
    ({ Properties }) => Properties as AlarmProperties,
  );
  const own = alarms.filter(({ Namespace }) => Namespace === "Sluice");
  // THEN
  expect(own.length).toBeGreaterThan(5);
  for (const { Namespace = "", MetricName = "", Dimensions = [] } of own)
    expect([...emitted]).toContain(
      metricKey(
        Namespace,
        MetricName,
        Dimensions.map(({ Name, Value }) => [Name, Value]),
      ),
    );
});

it("GIVEN a clock that is not started WHEN it has no data THEN the alarm goes off", () => {
  watched().hasResourceProperties("AWS::CloudWatch::Alarm", {
    MetricName: "Invocations",
    Dimensions: [{ Name: "FunctionName", Value: { Ref: Match.stringLikeRegexp("FunctionsClockFunction") } }],
    ComparisonOperator: "LessThanThreshold",
    Threshold: 1,
    TreatMissingData: "breaching",
  });
});

it.each([
  ["http", "5xx", "ApiId"],
  ["rest", "5XXError", "ApiName"],
] as const)(
  "GIVEN a %s endpoint WHEN it fails THEN its own metric %s is watched",
  (endpoint, name, dimension) => {
    watched({ endpoint }).hasResourceProperties("AWS::CloudWatch::Alarm", {
      Namespace: "AWS/ApiGateway",
      MetricName: name,
      Dimensions: [{ Name: dimension, Value: Match.anyValue() }],
      Statistic: "Sum",
      Threshold: 10,
    });
  },
);

it("GIVEN three tables WHEN reads or writes are throttled THEN their sum is watched", () => {
  const alarms = watched().findResources("AWS::CloudWatch::Alarm", {
    Properties: { Metrics: Match.anyValue() },
  });
  const [alarm] = Object.values(alarms);
  const { Metrics } = (alarm as { Properties: { Metrics: readonly MetricQuery[] } }).Properties;
  expect(Metrics.flatMap(({ Expression }) => Expression ?? [])).toEqual(["SUM(METRICS())"]);
  const names = Metrics.flatMap(({ MetricStat }) => MetricStat?.Metric.MetricName ?? []);
  expect(names.sort()).toEqual([
    ...Array<string>(3).fill("ReadThrottleEvents"),
    ...Array<string>(3).fill("WriteThrottleEvents"),
  ]);
});

interface MetricQuery {
  readonly Expression?: string;
  readonly MetricStat?: { readonly Metric: { readonly MetricName: string } };
}

it("GIVEN thresholds WHEN they are set THEN their alarms have them, and the others their own", () => {
  const template = watched({
    alarmThresholds: {
      deadLetters: 2,
      failedDeliveries: 3,
      breakersOpened: 4,
      expired: 5,
      ageSeconds: 120,
      serverErrors: 6,
      storeThrottled: 7,
      schedulesMissed: 8,
    },
  });
  for (const [MetricName, Threshold] of [
    ["message-dead-lettered", 2],
    ["delivery-failed", 3],
    ["breaker-opened", 4],
    ["messages-expired", 5],
    ["oldest-unacked-seconds", 120],
    ["5xx", 6],
    ["outbox-oldest-seconds", 300],
    ["schedule-run-made-up", 8],
    ["schedule-run-refused", 1],
    ["schedule-run-failed", 3],
  ] as const)
    template.hasResourceProperties("AWS::CloudWatch::Alarm", { MetricName, Threshold });
  template.hasResourceProperties("AWS::CloudWatch::Alarm", { Metrics: Match.anyValue(), Threshold: 7 });
});

it.each([
  [{ alarmThresholds: { deadLetters: 1 } }, "alarmThresholds: there are no alarms without alarmActions"],
  [
    { alarmActions: [ACTION], alarmThresholds: { deadLetters: 0 } },
    "alarmThresholds.deadLetters is 0: use a whole number from 1 to 1000000000",
  ],
  [
    { alarmActions: [ACTION], alarmThresholds: { backlog: 5 } },
    "alarmThresholds.backlog: there is no such threshold; use deadLetters, failedDeliveries, breakersOpened, " +
      "expired, ageSeconds, serverErrors, storeThrottled, outboxAgeSeconds, schedulesRefused, schedulesFailed, " +
      "schedulesMissed",
  ],
])("GIVEN thresholds that cannot be meant WHEN %j THEN the queue's path says so", (props, text) => {
  expect(() => aSluice(props as SluiceProps)).toThrow(new Error(`Test/Queue: ${text}`));
});

it("GIVEN that nothing is wrong any more THEN each alarm ends, but the one that listens for a silence", () => {
  const alarms = Object.entries(watched().findResources("AWS::CloudWatch::Alarm"));
  expect(alarms).toHaveLength(23);
  const listening = alarms.filter(
    ([, { Properties }]) => (Properties as { TreatMissingData: string }).TreatMissingData !== "notBreaching",
  );
  expect(listening.map(([id]) => id)).toEqual([expect.stringContaining("ClockSilent")]);
});

it("GIVEN what was given up and lies in its queue WHEN nothing more comes THEN its alarm ends", () => {
  const alarms = Object.values(watched().findResources("AWS::CloudWatch::Alarm")).map(
    ({ Properties }) => Properties as AlarmProperties,
  );
  const ofQueues = alarms.filter(({ Namespace }) => Namespace === "AWS/SQS");
  expect(ofQueues.map(({ MetricName }) => MetricName)).toEqual([
    "NumberOfMessagesSent",
    "NumberOfMessagesSent",
  ]);
});

it("GIVEN a first deployment WHEN the alarm on the clock's silence is made THEN the clock has run before", () => {
  const template = watched();
  template.hasResource("AWS::CloudWatch::Alarm", {
    Properties: { MetricName: "Invocations", TreatMissingData: "breaching" },
    DependsOn: [Match.stringLikeRegexp("AlarmsClockStarted")],
  });
  template.hasResource("Custom::SluiceClockStarted", {
    DependsOn: Match.arrayWith([Match.stringLikeRegexp("EveryMinute")]),
  });
});

it("GIVEN a message that nobody acknowledges WHEN it is old THEN an alarm goes off, in a period with data", () => {
  watched().hasResourceProperties("AWS::CloudWatch::Alarm", {
    MetricName: "oldest-unacked-seconds",
    Statistic: "Maximum",
    Period: 900,
    Threshold: 3_600,
    TreatMissingData: "notBreaching",
  });
});

it("makes none unasked: each costs something a month", () => {
  aSluice().template().resourceCountIs("AWS::CloudWatch::Alarm", 0);
});

it("watches whatever holds up deliveries, and tells whom it is given", () => {
  // GIVEN
  const { stack } = aSluice();
  const operators = SnsTopic.fromTopicArn(stack, "Operators", "arn:aws:sns:us-east-1:111122223333:operators");
  // WHEN
  const template = aSluice({ alarmActions: [new SnsAction(operators)] }).template();
  // THEN
  const ofFunction = (name: string) => ({
    MetricName: "Errors",
    Dimensions: [
      { Name: "FunctionName", Value: { Ref: Match.stringLikeRegexp(`Functions${name}Function`) } },
    ],
  });
  for (const name of ["Dispatcher", "Pump", "Clock", "Relay", "Api", "Receive"]) {
    template.hasResourceProperties("AWS::CloudWatch::Alarm", ofFunction(name));
  }
  template.hasResourceProperties("AWS::CloudWatch::Alarm", {
    MetricName: "NumberOfMessagesSent",
    Statistic: "Sum",
    Dimensions: [
      {
        Name: "QueueName",
        Value: { "Fn::GetAtt": [Match.stringLikeRegexp("DoorbellFailures"), "QueueName"] },
      },
    ],
  });
  const ofQueue = [{ Name: "queue", Value: aSluice().queue.queueName }];
  template.hasResourceProperties("AWS::CloudWatch::Alarm", {
    Namespace: "Sluice",
    MetricName: "breaker-still-open",
    Dimensions: ofQueue,
    Statistic: "Sum",
    Period: 1_800,
  });
  template.hasResourceProperties("AWS::CloudWatch::Alarm", {
    Namespace: "Sluice",
    MetricName: "subscription-disabled",
    Dimensions: ofQueue,
    Statistic: "Sum",
  });
  template.hasResourceProperties("AWS::CloudWatch::Alarm", {
    Namespace: "Sluice",
    MetricName: "outbox-message-refused",
    Statistic: "Sum",
    Threshold: 1,
  });
  template.hasResourceProperties("AWS::CloudWatch::Alarm", {
    Namespace: "Sluice",
    MetricName: "outbox-oldest-seconds",
    Dimensions: ofQueue,
    Statistic: "Maximum",
    Threshold: 300,
  });
  template.allResourcesProperties("AWS::CloudWatch::Alarm", {
    AlarmActions: ["arn:aws:sns:us-east-1:111122223333:operators"],
  });
  const alarms = Object.entries(template.findResources("AWS::CloudWatch::Alarm"));
  const breaching = alarms.filter(([, { Properties }]) => {
    const { TreatMissingData } = Properties as { TreatMissingData: string };
    return TreatMissingData !== "notBreaching";
  });
  expect(breaching.map(([id]) => id)).toEqual([expect.stringContaining("ClockSilent")]);
});
