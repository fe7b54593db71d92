import { Duration } from "aws-cdk-lib";
import type { ITable } from "aws-cdk-lib/aws-dynamodb";
import { FilterCriteria, FilterRule, StartingPosition } from "aws-cdk-lib/aws-lambda";
import { DynamoEventSource, SqsDlq } from "aws-cdk-lib/aws-lambda-event-sources";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { acknowledge } from "./acknowledge.js";
import type { SluiceFunction } from "./sluice-function.js";

export interface DoorbellProps {
  readonly table: ITable;
  readonly answeredBy: SluiceFunction;
  readonly encryptionKey: IKey | undefined;
  /** After this long the clock's sweep has made up for it. */
  readonly maxRecordAge: Duration;
}

/** Connects a table's stream to the function that answers. If a doorbell is given up, the clock makes up for it. */
export class Doorbell extends Construct {
  /** Receives the batches of doorbells that could not be answered. Each one means that something is wrong. */
  readonly failures: Queue;

  constructor(scope: Construct, id: string, props: DoorbellProps) {
    super(scope, id);
    const { table, answeredBy, encryptionKey, maxRecordAge } = props;
    this.failures = new Queue(this, "Failures", {
      ...(encryptionKey
        ? { encryption: QueueEncryption.KMS, encryptionMasterKey: encryptionKey }
        : { encryption: QueueEncryption.SQS_MANAGED }),
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    answeredBy.live.addEventSource(
      new DynamoEventSource(table, {
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: 100,
        maxBatchingWindow: Duration.seconds(0),
        // What is put only: items that are removed, by TTL or by the relay, ring no bell.
        filters: [FilterCriteria.filter({ eventName: FilterRule.isEqual("INSERT") as string[] })],
        reportBatchItemFailures: true,
        bisectBatchOnError: true,
        retryAttempts: 10,
        maxRecordAge,
        parallelizationFactor: 2,
        onFailure: new SqsDlq(this.failures),
      }),
    );
    this.acknowledge(answeredBy);
  }

  private acknowledge({ role }: SluiceFunction): void {
    acknowledge(this.failures, {
      id: "AwsSolutions-SQS3",
      reason:
        "This queue is where failures end: an alarm watches it, and the clock repairs what they caused.",
    });
    acknowledge(role, {
      id: "AwsSolutions-IAM5",
      finding: "Resource::*",
      reason: "dynamodb:ListStreams supports no resource-level permissions; the rest of the role is narrow.",
    });
  }
}
