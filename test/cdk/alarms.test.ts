import { Duration } from "aws-cdk-lib";
import { Match, type Template } from "aws-cdk-lib/assertions";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { Topic as SnsTopic } from "aws-cdk-lib/aws-sns";
import { METRICS } from "../../lib/domain/metrics.js";
import { loggingTelemetry } from "../../lib/adapters/system/telemetry.js";
import type { SluiceProps } from "../../cdk/sluice.js";
import { aSluice } from "./a-sluice.js";

const ACTION = { bind: () => ({ alarmActionArn: "arn:aws:sns:us-east-1:111122223333:operators" }) };
const watched = (props: SluiceProps = {}): Template =>
  aSluice({ alarmActions: [ACTION], ...props }).template();

interface AlarmProperties {
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
}

/** Namespace, name and dimensions of a metric, in one text. */
const keyOf = (
  namespace: string,
  name: string,
  dimensions: readonly (readonly [string, unknown])[],
): string => JSON.stringify([namespace, name, dimensions]);

/** What the functions publish: from the log lines of each event that has a metric. */
function published(): ReadonlySet<string> {
  const lines: string[] = [];
  // Loggers outside of Lambda have a console of their own.
  const write = jest.spyOn(process.stdout, "write").mockImplementation((text) => {
    lines.push(
      ...String(text)
        .split("\n")
        .filter((line) => line !== ""),
    );
    return true;
  });
  const telemetry = loggingTelemetry("sluice");
  for (const event of METRICS.keys()) telemetry.event(event, "info", { messages: 2, oldestSeconds: 3 });
  write.mockRestore();
  const written = lines.map((line) => JSON.parse(line) as Line);
  return new Set(
    written.flatMap((line) =>
      line._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
        Metrics.flatMap(({ Name }) =>
          Dimensions.map((names) =>
            keyOf(
              Namespace,
              Name,
              names.map((name) => [name, line[name]]),
            ),
          ),
        ),
      ),
    ),
  );
}

interface Line {
  readonly [field: string]: unknown;
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
}

it("GIVEN what the functions publish WHEN alarms watch Sluice's own metrics THEN each is one of those", () => {
  // GIVEN
  const emitted = published();
  expect(emitted.size).toBe(METRICS.size);
  // WHEN
  const alarms = Object.values(watched().findResources("AWS::CloudWatch::Alarm")).map(
    ({ Properties }) => Properties as AlarmProperties,
  );
  const own = alarms.filter(({ Namespace }) => Namespace === "Sluice");
  // THEN
  expect(own.length).toBeGreaterThan(5);
  for (const { Namespace = "", MetricName = "", Dimensions = [] } of own)
    expect([...emitted]).toContain(
      keyOf(
        Namespace,
        MetricName,
        Dimensions.map(({ Name, Value }) => [Name, Value]),
      ),
    );
});

it("GIVEN a queue WHEN it is asked for each metric THEN it is one that the functions publish", () => {
  const { queue } = aSluice();
  const emitted = published();
  for (const { metric } of METRICS.values()) {
    const { namespace, metricName, dimensions = {} } = queue.metric(metric);
    expect([...emitted]).toContain(keyOf(namespace, metricName, Object.entries(dimensions)));
  }
  expect(queue.metric("outbox-oldest-seconds").statistic).toBe("Maximum");
  const asked = queue.metric("messages-expired", { period: Duration.hours(1), label: "expired" });
  expect([asked.statistic, asked.period.toHours(), asked.label]).toEqual(["Sum", 1, "expired"]);
  expect(() => queue.metric("messages-lost" as "messages-expired")).toThrow(
    /^Test\/Queue: metric is "messages-lost": use "slot-set-aside" or/,
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
      serverErrors: 6,
      storeThrottled: 7,
    },
  });
  for (const [MetricName, Threshold] of [
    ["message-dead-lettered", 2],
    ["delivery-failed", 3],
    ["breaker-opened", 4],
    ["messages-expired", 5],
    ["5xx", 6],
    ["outbox-oldest-seconds", 300],
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
      "expired, serverErrors, storeThrottled, outboxAgeSeconds",
  ],
])("GIVEN thresholds that cannot be meant WHEN %j THEN the queue's path says so", (props, text) => {
  expect(() => aSluice(props as SluiceProps)).toThrow(new Error(`Test/Queue: ${text}`));
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
    MetricName: "ApproximateNumberOfMessagesVisible",
    Dimensions: [
      {
        Name: "QueueName",
        Value: { "Fn::GetAtt": [Match.stringLikeRegexp("DoorbellFailures"), "QueueName"] },
      },
    ],
  });
  template.hasResourceProperties("AWS::CloudWatch::Alarm", {
    Namespace: "Sluice",
    MetricName: "breaker-still-open",
    Dimensions: [{ Name: "service", Value: "sluice" }],
    Statistic: "Sum",
    Period: 1_800,
  });
  template.hasResourceProperties("AWS::CloudWatch::Alarm", {
    Namespace: "Sluice",
    MetricName: "subscription-disabled",
    Dimensions: [{ Name: "service", Value: "sluice" }],
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
    Dimensions: [{ Name: "service", Value: "sluice" }],
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
