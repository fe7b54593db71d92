import { CfnOutput, type CustomResourceProps, Duration, RemovalPolicy, type Size } from "aws-cdk-lib";
import type { IAlarmAction } from "aws-cdk-lib/aws-cloudwatch";
import type { Table } from "aws-cdk-lib/aws-dynamodb";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import { Grant, type IGrantable, type IRole } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Architecture } from "aws-cdk-lib/aws-lambda";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Bucket } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { Alarms } from "./alarms.js";
import { Doorbell } from "./doorbell.js";
import { Endpoint, type EndpointAuth, type EndpointKind } from "./endpoint.js";
import type { FunctionsOptions } from "./function-options.js";
import { Functions } from "./functions.js";
import type { IQueue } from "./queue.js";
import { Storage } from "./storage.js";
import { Topic, type TopicOptions } from "./topic.js";
import { type WebhookTargets, webhookEnvironment } from "./webhook-targets.js";

export interface SluiceProps {
  /** The kind of API Gateway: "rest" works where HTTP APIs are not available. @default "http" */
  readonly endpoint?: EndpointKind;
  /** "iam": requests are signed, and policies say who may do what. "none": anybody may do anything. @default "iam" */
  readonly auth?: EndpointAuth;
  /** The most requests per second, over all callers. @default 1000 */
  readonly requestsPerSecond?: number;
  /** The most requests in one burst. @default 2000 */
  readonly requestsBurst?: number;
  /**
   * What happens to tables, bucket and topics when the stack is deleted. Tables that are kept are protected from
   * deletion.
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * Whether to empty the bucket before deleting it; only with RemovalPolicy.DESTROY.
   * @default - true with RemovalPolicy.DESTROY, otherwise false
   */
  readonly emptyBucketOnDelete?: boolean;
  /** A customer managed key for tables, bucket and the queue of failed doorbells. @default - keys that AWS manages */
  readonly encryptionKey?: IKey;
  /** Slots larger than this go to S3. @default Size.bytes(10240) */
  readonly inlineLimit?: Size;
  /** How long the functions' and the endpoint's logs are kept. @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays;
  /** Whether the functions are traced by X-Ray. @default false */
  readonly tracing?: boolean;
  /** Memory and reserved concurrency, by function: docs/capacity.md. @default - sizes for most, nothing reserved */
  readonly functions?: FunctionsOptions;
  /** Where webhooks may go beside the public internet. @default - nowhere */
  readonly webhookTargets?: WebhookTargets;
  /** @default Architecture.ARM_64 */
  readonly architecture?: Architecture;
  /** Creates alarms (dispatcher, pump, clock, API, failed doorbells) with these actions. @default - no alarms */
  readonly alarmActions?: readonly IAlarmAction[];
  /** Additional environment variables for all functions, such as an emulator's AWS_ENDPOINT_URL. @default - none */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A message queue: three tables, a bucket, six functions and an endpoint. Add topics with {@link addTopic}. */
export class Sluice extends Construct implements IQueue {
  readonly endpoint: Endpoint;
  readonly logTable: Table;
  readonly stateTable: Table;
  readonly outboxTable: Table;
  readonly bucket: Bucket;
  readonly functions: Functions;
  readonly removalPolicy: RemovalPolicy;

  constructor(scope: Construct, id: string, props: SluiceProps = {}) {
    super(scope, id);
    this.removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const { encryptionKey } = props;
    const logs = {
      logRetention: props.logRetention ?? RetentionDays.ONE_MONTH,
      logRemovalPolicy: this.removalPolicy,
    };
    const storage = new Storage(this, "Storage", {
      removalPolicy: this.removalPolicy,
      emptyBucketOnDelete: props.emptyBucketOnDelete ?? this.removalPolicy === RemovalPolicy.DESTROY,
      encryptionKey,
    });
    const kind = props.endpoint ?? "http";
    this.functions = new Functions(this, "Functions", {
      ...logs,
      storage,
      encryptionKey,
      architecture: props.architecture ?? Architecture.ARM_64,
      tracing: props.tracing ?? false,
      ...(props.functions ? { functions: props.functions } : {}),
      hasReceive: kind === "http",
      environment: { ...webhookEnvironment(this, props.webhookTargets ?? {}), ...environmentOf(props) },
    });
    this.endpoint = new Endpoint(this, "Endpoint", {
      ...logs,
      kind,
      auth: props.auth ?? "iam",
      handler: this.functions.api.function,
      receiveHandler: this.functions.receive?.function,
      requestsPerSecond: props.requestsPerSecond ?? 1_000,
      requestsBurst: props.requestsBurst ?? 2_000,
    });
    ({ log: this.logTable, state: this.stateTable, outbox: this.outboxTable, bucket: this.bucket } = storage);
    const { failures } = new Doorbell(this, "Doorbell", {
      log: this.logTable,
      dispatcher: this.functions.dispatcher,
      encryptionKey,
    });
    this.windClock();
    if (props.alarmActions) {
      new Alarms(this, "Alarms", { functions: this.functions, failures, actions: props.alarmActions });
    }
    this.addOutputs();
  }

  /** The API's URL, without a trailing slash. */
  get apiUrl(): string {
    return this.endpoint.url;
  }

  /** The role that a subscriber's function must allow to invoke it. */
  get pumpRole(): IRole {
    return this.functions.pump.role;
  }

  /** The roles that sign what is posted to webhooks: the pump's, and the API's for samples. */
  get signingRoles(): readonly IRole[] {
    return [this.functions.pump.role, this.functions.api.role];
  }

  /** Creates topics and subscriptions, which depend on it so that it outlives them. */
  get provisioner(): Construct {
    return this.functions.provision;
  }

  /** Adds a topic. Its name is its id unless `topicName` is given. */
  addTopic(id: string, options: TopicOptions = {}): Topic {
    return new Topic(this, id, { ...options, queue: this });
  }

  /** Allows `grantee` to send exactly these requests, given as `[method, path]`. */
  grantRequests(grantee: IGrantable, requests: readonly (readonly [method: string, path: string])[]): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ["execute-api:Invoke"],
      resourceArns: requests.map(([method, path]) => this.endpoint.requestArn(method, path)),
    });
  }

  /** The custom resource settings that all topics and subscriptions share. */
  provisioned(
    resourceType: string,
  ): Pick<CustomResourceProps, "serviceToken" | "resourceType" | "serviceTimeout"> {
    const { function: fn } = this.functions.provision;
    return { serviceToken: fn.functionArn, resourceType, serviceTimeout: Duration.minutes(8) };
  }

  private windClock(): void {
    const target = new LambdaFunction(this.functions.clock.function, {
      retryAttempts: 0,
      maxEventAge: Duration.minutes(1),
    });
    new Rule(this, "EveryMinute", { schedule: Schedule.rate(Duration.minutes(1)), targets: [target] });
  }

  private addOutputs(): void {
    new CfnOutput(this, "ApiUrl", { value: this.apiUrl });
    new CfnOutput(this, "ApiId", { value: this.endpoint.apiId });
    new CfnOutput(this, "LogTable", { value: this.logTable.tableName });
    new CfnOutput(this, "StateTable", { value: this.stateTable.tableName });
    new CfnOutput(this, "OutboxTable", { value: this.outboxTable.tableName });
    new CfnOutput(this, "BucketName", { value: this.bucket.bucketName });
  }
}

function environmentOf({ inlineLimit, environment }: SluiceProps): Record<string, string> {
  const limit = inlineLimit ? { SLUICE_INLINE_LIMIT_BYTES: String(inlineLimit.toBytes()) } : {};
  return { ...limit, ...environment };
}
