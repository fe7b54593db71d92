import { RemovalPolicy, Stack } from "aws-cdk-lib";
import { Match } from "aws-cdk-lib/assertions";
import { Key } from "aws-cdk-lib/aws-kms";
import { SEGMENT_CLASSES_DAYS } from "../../lib/domain/segment-key.js";
import { aSluice, anApp } from "./a-sluice.js";

const KEYED_BY = (sortKey: string) => [
  { AttributeName: "pk", KeyType: "HASH" },
  { AttributeName: sortKey, KeyType: "RANGE" },
];
const SAFE_AND_CHEAP = {
  BillingMode: "PAY_PER_REQUEST",
  PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true },
  SSESpecification: { SSEEnabled: true },
  DeletionProtectionEnabled: true,
};

const template = aSluice().template();

describe("tables", () => {
  it("keeps the log by partition and base offset, with a stream of its slots", () => {
    template.hasResourceProperties("AWS::DynamoDB::Table", {
      ...SAFE_AND_CHEAP,
      KeySchema: KEYED_BY("base"),
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "base", AttributeType: "N" },
      ],
      StreamSpecification: { StreamViewType: "NEW_IMAGE" },
    });
  });

  it("keeps the state without a stream", () => {
    template.hasResourceProperties("AWS::DynamoDB::Table", {
      ...SAFE_AND_CHEAP,
      KeySchema: KEYED_BY("sk"),
      StreamSpecification: Match.absent(),
    });
  });

  it("keeps the outbox with a stream of what was put", () => {
    template.hasResourceProperties("AWS::DynamoDB::Table", {
      ...SAFE_AND_CHEAP,
      KeySchema: KEYED_BY("sk"),
      StreamSpecification: { StreamViewType: "NEW_IMAGE" },
    });
  });

  it("outlives the stack unless told, and goes with it if told", () => {
    template.allResources("AWS::DynamoDB::Table", {
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
    });
    template.allResources("AWS::S3::Bucket", { DeletionPolicy: "Retain" });
    const dropped = aSluice({ removalPolicy: RemovalPolicy.DESTROY }).template();
    dropped.allResources("AWS::DynamoDB::Table", { DeletionPolicy: "Delete" });
    dropped.allResourcesProperties("AWS::DynamoDB::Table", { DeletionProtectionEnabled: false });
  });
});

describe("bucket", () => {
  it("is encrypted and closed", () => {
    template.hasResourceProperties("AWS::S3::Bucket", {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      VersioningConfiguration: Match.absent(),
    });
    template.hasResourceProperties("AWS::S3::BucketPolicy", {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: "Deny",
            Action: "s3:*",
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          }),
        ]),
      },
    });
  });

  it.each(SEGMENT_CLASSES_DAYS)("drops segments of the class of %i days by a rule", (days) => {
    template.hasResourceProperties("AWS::S3::Bucket", {
      LifecycleConfiguration: {
        Rules: Match.arrayWith([
          Match.objectLike({ Prefix: `segments/${days}d/`, ExpirationInDays: days, Status: "Enabled" }),
        ]),
      },
    });
  });

  it("drops uploads that nobody published", () => {
    template.hasResourceProperties("AWS::S3::Bucket", {
      LifecycleConfiguration: {
        Rules: Match.arrayWith([
          Match.objectLike({
            ...{ Prefix: "segments/", ExpirationInDays: 2, Status: "Enabled" },
            TagFilters: [{ Key: "sluice-upload", Value: "unused" }],
          }),
        ]),
      },
    });
  });

  it("drops uploads that nobody completed", () => {
    template.hasResourceProperties("AWS::S3::Bucket", {
      LifecycleConfiguration: {
        Rules: Match.arrayWith([
          Match.objectLike({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }),
        ]),
      },
    });
  });

  it("is emptied only where it is to go", () => {
    template.resourceCountIs("Custom::S3AutoDeleteObjects", 0);
    const destroyed = { removalPolicy: RemovalPolicy.DESTROY };
    aSluice(destroyed).template().resourceCountIs("Custom::S3AutoDeleteObjects", 1);
    aSluice({ ...destroyed, emptyBucketOnDelete: false })
      .template()
      .resourceCountIs("Custom::S3AutoDeleteObjects", 0);
  });
});

it("encrypts everything with a customer's key where there is one", () => {
  // GIVEN
  const KEY_ARN = "arn:aws:kms:us-east-1:111122223333:key/12345678-1234-1234-1234-123456789012";
  const encryptionKey = Key.fromKeyArn(new Stack(anApp(), "Keys"), "Key", KEY_ARN);
  // WHEN
  const keyed = aSluice({ encryptionKey }).template();
  // THEN
  const ofKey = { KMSMasterKeyId: KEY_ARN, SSEType: "KMS" };
  keyed.allResourcesProperties("AWS::DynamoDB::Table", { SSESpecification: ofKey });
  keyed.hasResourceProperties("AWS::SQS::Queue", { KmsMasterKeyId: KEY_ARN });
  keyed.hasResourceProperties("AWS::S3::Bucket", {
    BucketEncryption: {
      ServerSideEncryptionConfiguration: [
        {
          BucketKeyEnabled: true,
          ServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: KEY_ARN },
        },
      ],
    },
  });
});
