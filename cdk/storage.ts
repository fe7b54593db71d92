import { Duration, RemovalPolicy } from "aws-cdk-lib";
import {
  AttributeType,
  BillingMode,
  type ITable,
  StreamViewType,
  Table,
  TableEncryption,
  type TableProps,
} from "aws-cdk-lib/aws-dynamodb";
import type { IKey } from "aws-cdk-lib/aws-kms";
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CorsRule,
  HttpMethods,
  type IBucket,
  type LifecycleRule,
} from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { TTL_ATTRIBUTE } from "../lib/domain/given-storage.js";
import { SEGMENT_CLASSES_DAYS, segmentPrefix } from "../lib/domain/segment-key.js";
import { UNUSED_TAG, UNUSED_UPLOAD_DAYS } from "../lib/domain/upload.js";
import { acknowledge } from "./acknowledge.js";
import type { GivenStorage } from "./given-storage.js";

export interface StorageProps {
  readonly removalPolicy: RemovalPolicy;
  readonly encryptionKey: IKey | undefined;
  readonly emptyBucketOnDelete: boolean;
  readonly bucketAccessLogs: BucketAccessLogs | undefined;
  /** Of web pages that may upload. */
  readonly uploadOrigins: readonly string[] | undefined;
  readonly given: Partial<GivenStorage> | undefined;
}

/** Where S3 writes who accessed the queue's bucket. */
export interface BucketAccessLogs {
  /** Of the queue's own account and region, with no key but S3's own. */
  readonly bucket: IBucket;
  /** What the logs' names begin with. @default - nothing */
  readonly prefix?: string;
}

/**
 * The three tables and the bucket (docs/design.md, "The idea"). Do not change the construct ids: CloudFormation would
 * replace the table. What is given is used as it is.
 */
export class Storage extends Construct {
  /** Slots by partition and base offset. Its stream carries the doorbells, with each slot's header. */
  readonly log: ITable;
  /**
   * Everything that changes: topics, subscriptions, cursors, leases, retries, timers, locks and more
   * (docs/stored-items.md).
   */
  readonly state: ITable;
  /** Messages from users' own transactions, on their way into the log. Its stream calls the relay. */
  readonly outbox: ITable;
  /** Segments: the bytes of slots that are too large for an item. */
  readonly bucket: IBucket;

  constructor(scope: Construct, id: string, props: StorageProps) {
    super(scope, id);
    const { given = {} } = props;
    const sortKey = { name: "sk", type: AttributeType.STRING };
    const stream = StreamViewType.NEW_IMAGE;
    this.log =
      given.logTable ??
      this.table("Log", props, { sortKey: { name: "base", type: AttributeType.NUMBER }, stream });
    this.state = given.stateTable ?? this.table("State", props, { sortKey });
    this.outbox = given.outboxTable ?? this.table("Outbox", props, { sortKey, stream });
    this.bucket = given.bucket ?? this.segments("Segments", props);
  }

  private table(id: string, props: StorageProps, own: Pick<TableProps, "sortKey" | "stream">): ITable {
    const { removalPolicy, encryptionKey } = props;
    // The cast is needed because the CDK's types do not follow exactOptionalPropertyTypes.
    return new Table(this, id, {
      ...own,
      partitionKey: { name: "pk", type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: TTL_ATTRIBUTE,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy,
      deletionProtection: removalPolicy === RemovalPolicy.RETAIN,
      ...(encryptionKey
        ? { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey }
        : { encryption: TableEncryption.AWS_MANAGED }),
    }) as ITable;
  }

  private segments(id: string, props: StorageProps): IBucket {
    const {
      removalPolicy,
      encryptionKey,
      emptyBucketOnDelete,
      bucketAccessLogs: logs,
      uploadOrigins = [],
    } = props;
    const bucket = new Bucket(this, id, {
      ...(encryptionKey
        ? { encryption: BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true }
        : { encryption: BucketEncryption.S3_MANAGED }),
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      versioned: false,
      removalPolicy,
      autoDeleteObjects: emptyBucketOnDelete,
      ...(logs ? { serverAccessLogsBucket: logs.bucket } : {}),
      ...(logs?.prefix === undefined ? {} : { serverAccessLogsPrefix: logs.prefix }),
      ...(uploadOrigins.length > 0 ? { cors: [corsFor(uploadOrigins)] } : {}),
      lifecycleRules: [...SEGMENT_CLASSES_DAYS.map(expireClass), EXPIRE_UNUSED, ABORT_UPLOADS],
    });
    if (logs) return bucket as IBucket;
    acknowledge(bucket, {
      id: "AwsSolutions-S1",
      reason:
        "Only Sluice's own functions read and write segments; CloudTrail can record each access if a team wants it.",
    });
    return bucket as IBucket;
  }
}

/** A body's URL, which the API leads to, and a PUT with the headers that were signed; nothing without a signature. */
const corsFor = (origins: readonly string[]): CorsRule => ({
  allowedOrigins: [...origins],
  allowedMethods: [HttpMethods.GET, HttpMethods.PUT],
  allowedHeaders: ["*"],
  maxAge: 3_600,
});

const expireClass = (days: number): LifecycleRule => ({
  id: `segments-${days}d`,
  prefix: segmentPrefix(days),
  expiration: Duration.days(days),
});

/** What was uploaded and never published: its mark is taken away before a message refers to it. */
const EXPIRE_UNUSED: LifecycleRule = {
  id: "unused-uploads",
  prefix: "segments/",
  tagFilters: { [UNUSED_TAG.key]: UNUSED_TAG.value },
  expiration: Duration.days(UNUSED_UPLOAD_DAYS),
};

const ABORT_UPLOADS: LifecycleRule = {
  id: "abort-uploads",
  abortIncompleteMultipartUploadAfter: Duration.days(1),
};
