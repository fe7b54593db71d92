import { Match } from "aws-cdk-lib/assertions";
import { aSluice } from "./a-sluice.js";

const template = aSluice().template();
const liveOf = (name: string) => ({ Ref: Match.stringLikeRegexp(`Functions${name}Live`) });

it("rings the dispatcher for appends only, and gives up on nothing silently", () => {
  template.hasResourceProperties("AWS::Lambda::EventSourceMapping", {
    FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
    StartingPosition: "TRIM_HORIZON",
    BatchSize: 100,
    MaximumBatchingWindowInSeconds: 0,
    FunctionResponseTypes: ["ReportBatchItemFailures"],
    BisectBatchOnFunctionError: true,
    MaximumRetryAttempts: 10,
    MaximumRecordAgeInSeconds: 300,
    ParallelizationFactor: 2,
    DestinationConfig: {
      OnFailure: { Destination: { "Fn::GetAtt": [Match.stringLikeRegexp("DoorbellFailures"), "Arn"] } },
    },
  });
});

it("calls the relay for what is put into the outbox, and gives up on nothing silently", () => {
  template.hasResourceProperties("AWS::Lambda::EventSourceMapping", {
    EventSourceArn: { "Fn::GetAtt": [Match.stringLikeRegexp("StorageOutbox"), "StreamArn"] },
    FunctionName: {
      "Fn::Join": ["", [{ "Fn::Select": [6, { "Fn::Split": [":", liveOf("Relay")] }] }, ":live"]],
    },
    FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
    StartingPosition: "TRIM_HORIZON",
    MaximumBatchingWindowInSeconds: 0,
    FunctionResponseTypes: ["ReportBatchItemFailures"],
    BisectBatchOnFunctionError: true,
    MaximumRetryAttempts: 10,
    MaximumRecordAgeInSeconds: 60,
    DestinationConfig: {
      OnFailure: { Destination: { "Fn::GetAtt": [Match.stringLikeRegexp("OutboxDoorbellFailures"), "Arn"] } },
    },
  });
});

it("keeps what was given up in an encrypted queue that is closed to plain HTTP", () => {
  template.hasResourceProperties("AWS::SQS::Queue", {
    SqsManagedSseEnabled: true,
    MessageRetentionPeriod: 1_209_600,
  });
  template.hasResourceProperties("AWS::SQS::QueuePolicy", {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
      ]),
    },
  });
});

it("winds the clock once a minute, and leaves a missed minute to the next one", () => {
  template.hasResourceProperties("AWS::Events::Rule", {
    ScheduleExpression: "rate(1 minute)",
    State: "ENABLED",
    Targets: [
      Match.objectLike({
        Arn: liveOf("Clock"),
        RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
      }),
    ],
  });
  template.allResourcesProperties("AWS::Lambda::EventInvokeConfig", { MaximumRetryAttempts: 0 });
});
