import { Match } from "aws-cdk-lib/assertions";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { Topic as SnsTopic } from "aws-cdk-lib/aws-sns";
import { METRICS } from "../../lib/adapters/system/telemetry.js";
import { aSluice } from "./a-sluice.js";

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
  template.hasResourceProperties("AWS::CloudWatch::Alarm", {
    Namespace: "Sluice",
    MetricName: "message-dead-lettered",
    Statistic: "Sum",
    Threshold: 1,
  });
  template.allResourcesProperties("AWS::CloudWatch::Alarm", {
    AlarmActions: ["arn:aws:sns:us-east-1:111122223333:operators"],
  });
  const silent = Object.values(template.findResources("AWS::CloudWatch::Alarm", missingIs("breaching")));
  expect(silent).toHaveLength(1);
  expect(silent).toMatchObject([
    {
      Properties: {
        MetricName: "Invocations",
        Dimensions: [
          { Name: "FunctionName", Value: { Ref: expect.stringContaining("FunctionsClock") as string } },
        ],
        ...{ ComparisonOperator: "LessThanThreshold", Threshold: 1, EvaluationPeriods: 2, Period: 300 },
      },
    },
  ]);
});

const missingIs = (TreatMissingData: string) => ({ Properties: { TreatMissingData } });

it.each([
  ["http", "5xx", "ApiId"],
  ["rest", "5XXError", "ApiName"],
] as const)("GIVEN endpoint %s THEN an alarm counts its answers of %s", (endpoint, MetricName, Name) => {
  const template = aSluice({ endpoint, alarmActions: [] }).template();
  template.hasResourceProperties("AWS::CloudWatch::Alarm", {
    ...{ Namespace: "AWS/ApiGateway", MetricName, Statistic: "Sum", Threshold: 10 },
    Dimensions: [Match.objectLike({ Name })],
  });
});

it("counts events under the names that the functions log them with", () => {
  const names = Object.values(
    aSluice({ alarmActions: [] }).template().findResources("AWS::CloudWatch::Alarm"),
  )
    .map(({ Properties }) => Properties as { Namespace: string; MetricName: string })
    .filter(({ Namespace }) => Namespace === "Sluice")
    .map(({ MetricName }) => MetricName);
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) expect(METRICS).toContain(name);
});
