import { Match } from "aws-cdk-lib/assertions";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { Topic as SnsTopic } from "aws-cdk-lib/aws-sns";
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
  template.allResourcesProperties("AWS::CloudWatch::Alarm", {
    AlarmActions: ["arn:aws:sns:us-east-1:111122223333:operators"],
    TreatMissingData: "notBreaching",
  });
});
