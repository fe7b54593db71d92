import { Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { type IVpc, Vpc } from "aws-cdk-lib/aws-ec2";
import { Key } from "aws-cdk-lib/aws-kms";
import { Runtime } from "aws-cdk-lib/aws-lambda";
import { Bucket, type IBucket } from "aws-cdk-lib/aws-s3";
import { Sluice } from "../../cdk/sluice.js";
import type { SluiceProps } from "../../cdk/sluice-props.js";
import { aSluice, anApp } from "./a-sluice.js";
import { evaluate } from "./policies/evaluate.js";
import type { TemplateJson } from "./policies/resolve.js";
import { functionRoles } from "./policies/roles.js";

const KEY = "arn:aws:kms:us-east-1:111122223333:key/12345678-1234-1234-1234-123456789012";

const templateOf = (props: (stack: Stack) => SluiceProps): Template => {
  const stack = new Stack(anApp(), "Test");
  new Sluice(stack, "Queue", props(stack));
  return Template.fromStack(stack);
};

describe("a key for log groups", () => {
  it("GIVEN a key of the app WHEN there is a queue THEN its log groups have it, and the key lets them", () => {
    const template = templateOf((stack) => ({ encryptionKey: new Key(stack, "Key") }));
    template.allResourcesProperties("AWS::Logs::LogGroup", { KmsKeyId: Match.anyValue() });
    template.hasResourceProperties("AWS::KMS::Key", {
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Principal: { Service: Match.anyValue() },
            Condition: { ArnLike: { "kms:EncryptionContext:aws:logs:arn": Match.anyValue() } },
          }),
        ]),
      },
    });
  });

  it.each([
    ["from elsewhere", undefined, 0],
    ["from elsewhere that lets them", true, 8],
  ] as const)(
    "GIVEN a key %s WHEN there is a queue THEN log groups have it where told",
    (_, encryptLogs, count) => {
      const template = templateOf((stack) => ({
        encryptionKey: Key.fromKeyArn(stack, "Key", KEY),
        ...(encryptLogs ? { encryptLogs } : {}),
      }));
      const groups = template.findResources("AWS::Logs::LogGroup", { Properties: { KmsKeyId: KEY } });
      expect(Object.keys(groups)).toHaveLength(count);
    },
  );

  it("GIVEN no key WHEN logs are to be encrypted THEN it is refused", () => {
    expect(() => aSluice({ encryptLogs: true })).toThrow(
      "Test/Queue: encryptLogs: log groups are encrypted with",
    );
  });
});

it("GIVEN a bucket for logs WHEN there is a queue THEN S3 logs there, and nothing needs arguing", () => {
  const stack = new Stack(anApp(), "Test");
  const bucket = new Bucket(stack, "Logs") as IBucket;
  const queue = new Sluice(stack, "Queue", { bucketAccessLogs: { bucket, prefix: "sluice/" } });
  Template.fromStack(stack).hasResourceProperties("AWS::S3::Bucket", {
    LoggingConfiguration: { DestinationBucketName: Match.anyValue(), LogFilePrefix: "sluice/" },
  });
  expect(queue.acknowledged.map(({ id }) => id)).not.toContain("AwsSolutions-S1");
});

it("GIVEN origins of web pages WHEN there is a queue THEN they may use its bucket, and none by default", () => {
  const rules = (uploadOrigins?: readonly string[]) =>
    templateOf(() => (uploadOrigins ? { uploadOrigins } : {})).findResources("AWS::S3::Bucket", {
      Properties: { CorsConfiguration: Match.anyValue() },
    });
  expect(rules()).toEqual({});
  const [bucket] = Object.values(rules(["https://shop.example.com"]));
  expect(bucket).toMatchObject({
    Properties: {
      CorsConfiguration: {
        CorsRules: [{ AllowedOrigins: ["https://shop.example.com"], AllowedMethods: ["GET", "PUT"] }],
      },
    },
  });
});

it("GIVEN one's own bucket WHEN origins are named THEN they are refused, since its rules are its owner's", () => {
  const stack = new Stack(anApp(), "Test");
  const storage = { bucket: new Bucket(stack, "Own") as IBucket, restoredAt: "2026-03-01T12:00:00Z" };
  expect(() => new Sluice(stack, "Queue", { storage, uploadOrigins: ["*"] })).toThrow(
    "uploadOrigins: the bucket",
  );
});

describe("a VPC", () => {
  const template = templateOf((stack) => ({
    network: { vpc: new Vpc(stack, "Vpc", { maxAzs: 2 }) as IVpc },
  }));

  it("GIVEN a VPC WHEN there is a queue THEN its functions are there", () => {
    const own = template.findResources("AWS::Lambda::Function", {
      Properties: { Description: Match.stringLikeRegexp("^Sluice"), VpcConfig: Match.anyValue() },
    });
    expect(Object.keys(own)).toHaveLength(7);
  });

  it("GIVEN its role WHEN Lambda makes its place THEN it may, and the function's own code may not", async () => {
    const [role] = functionRoles(template.toJSON() as TemplateJson).filter(({ id }) => id.includes("Pump"));
    if (!role) throw new Error("no pump");
    const call = { action: "ec2:DescribeNetworkInterfaces", resource: "*" };
    expect((await evaluate(role.arn, role.statements, call)).isAllowed).toBe(true);
    const named = /function:([\w-]+-Pump)/.exec(JSON.stringify(role.statements))?.[1] ?? "?";
    const context = { "lambda:SourceFunctionArn": `arn:aws:lambda:us-east-1:000000000000:function:${named}` };
    expect((await evaluate(role.arn, role.statements, call, { context })).isAllowed).toBe(false);
  });
});

describe("the runtime", () => {
  it("GIVEN a newer Node.js WHEN there is a queue THEN its functions have it", () => {
    const template = aSluice({ runtime: Runtime.NODEJS_24_X }).template();
    template.allResourcesProperties("AWS::Lambda::Function", { Runtime: "nodejs24.x" });
  });

  it.each([Runtime.NODEJS_18_X, Runtime.PYTHON_3_13])(
    "GIVEN %s WHEN there is a queue THEN it is refused",
    (runtime) => {
      expect(() => aSluice({ runtime })).toThrow("use Node.js 20 or newer");
    },
  );
});

it("GIVEN tracing WHEN there is a REST API THEN its stage is traced, too", () => {
  const template = aSluice({ endpoint: "rest", tracing: true }).template();
  template.hasResourceProperties("AWS::ApiGateway::Stage", { TracingEnabled: true });
});
