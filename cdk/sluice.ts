import { CfnOutput, type CustomResourceProps, Duration, RemovalPolicy, type Size } from "aws-cdk-lib";
import type { IAlarmAction } from "aws-cdk-lib/aws-cloudwatch";
import type { Table } from "aws-cdk-lib/aws-dynamodb";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import type { Grant, IGrantable, IRole } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Architecture } from "aws-cdk-lib/aws-lambda";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Bucket } from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";
import type { TargetPolicy } from "../lib/domain/webhook/target-policy.js";
import { type AcknowledgedFinding, acknowledgedIn, recordAcknowledged } from "./acknowledge.js";
import { METRIC_DETAILS, type MetricDetail } from "../lib/domain/metrics.js";
import { type AlarmThresholds, Alarms, type AlarmsProps, checkThresholds } from "./alarms.js";
import { Checks } from "./check.js";
import { SluiceDashboard, type SluiceDashboardProps } from "./dashboard.js";
import { Doorbell } from "./doorbell.js";
import { AUTHS, ENDPOINT_KINDS, Endpoint, type EndpointAuth, type EndpointKind } from "./endpoint.js";
import { checkEnvironment } from "./environment.js";
import type { FunctionsOptions } from "./function-options.js";
import { Functions } from "./functions.js";
import { type Requests, checkRequests } from "./grants.js";
import { MeasuredLog, type Measures } from "./measured.js";
import { queueNameOf } from "./metrics.js";
import type { IQueue } from "./queue.js";
import { Storage } from "./storage.js";
import type { TopicOptions } from "./topic-props.js";
import { Topic } from "./topic.js";
import { type WebhookTargets, targetPolicyOf, webhookEnvironment } from "./webhook-targets.js";

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
  /**
   * Creates alarms with these actions: docs/operating.md lists them.
   * @default - no alarms
   */
  readonly alarmActions?: readonly IAlarmAction[];
  /** From what value on alarms go off; only with `alarmActions`. @default - those of AlarmThresholds */
  readonly alarmThresholds?: AlarmThresholds;
  /**
   * How far the functions' metrics are told apart. "queue": each counts all topics and subscriptions together. "topic"
   * and "subscription": there is one for each of them as well, at $0.30 a month each while it has data (docs/cost.md).
   * @default "queue"
   */
  readonly metrics?: MetricDetail;
  /** Additional environment variables for all functions, such as an emulator's AWS_ENDPOINT_URL. @default - none */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Whether Sluice acknowledges findings of cdk-nag that it means, with its reasons. With false you see each of them;
   * {@link Sluice.acknowledged} lists them in any case. Those of your own resources are never touched.
   * @default true
   */
  readonly acknowledgeFindings?: boolean;
}

/** A message queue: three tables, a bucket, seven functions and an endpoint. Add topics with {@link addTopic}. */
export class Sluice extends MeasuredLog implements IQueue {
  protected readonly measures: Measures = { queue: this };
  /** What its metrics and log lines call it; no other queue in the account and region has the same name. */
  readonly queueName: string;
  /** How far its metrics are told apart. */
  readonly metrics: MetricDetail;
  readonly endpoint: Endpoint;
  readonly logTable: Table;
  readonly stateTable: Table;
  /** Where users' own transactions put messages: its name is what `outboxItem` takes. */
  readonly outboxTable: Table;
  readonly bucket: Bucket;
  readonly functions: Functions;
  readonly removalPolicy: RemovalPolicy;
  readonly targetPolicy: TargetPolicy;

  constructor(scope: Construct, id: string, props: SluiceProps = {}) {
    super(scope, id);
    checkProps(this, props);
    recordAcknowledged(this, props.acknowledgeFindings ?? true);
    this.queueName = queueNameOf(this);
    this.metrics = props.metrics ?? "queue";
    this.targetPolicy = targetPolicyOf(props.webhookTargets ?? {});
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
      environment: {
        ...webhookEnvironment(this, props.webhookTargets ?? {}),
        SLUICE_QUEUE: this.queueName,
        SLUICE_METRICS: this.metrics,
        ...environmentOf(props),
      },
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
      table: this.logTable,
      answeredBy: this.functions.dispatcher,
      encryptionKey,
      maxRecordAge: Duration.minutes(5),
    });
    const { failures: outboxFailures } = new Doorbell(this, "OutboxDoorbell", {
      table: this.outboxTable,
      answeredBy: this.functions.relay,
      encryptionKey,
      // A record that is repeated holds up those behind it.
      maxRecordAge: Duration.minutes(1),
    });
    const rule = this.windClock();
    this.addAlarms(props, { rule, failures, outboxFailures });
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

  /** Adds a dashboard: what flows, what waits, what fails. It is $3 a month beyond the first three of an account. */
  addDashboard(id = "Dashboard", options: Omit<SluiceDashboardProps, "queue"> = {}): SluiceDashboard {
    return new SluiceDashboard(this, id, { ...options, queue: this });
  }

  /** The findings of cdk-nag on Sluice's own resources that it means, and why. */
  get acknowledged(): readonly AcknowledgedFinding[] {
    return acknowledgedIn(this);
  }

  /**
   * Allows `grantee` to send exactly these requests, given as `[method, path]`. `*` stands for any characters, slashes
   * included.
   * @throws {Error} where that cannot work: a principal of another account needs a REST API
   */
  grantRequests(grantee: IGrantable, requests: Requests): Grant {
    checkRequests(this, requests);
    return this.endpoint.grant(grantee, requests);
  }

  /**
   * Allows `grantee` to publish over the API to several topics in one request, all or nothing too. It is for all
   * topics, those of other stacks and of later included: a policy sees the path, and the topics are in the body.
   * `grantPublish` of a topic does not allow such requests.
   */
  grantPublishToTopics(grantee: IGrantable): Grant {
    return this.grantRequests(grantee, [["POST", "/v1/publish"]]);
  }

  /** Allows `grantee` every request: all topics and subscriptions, messages included. For operators of the queue. */
  grantManage(grantee: IGrantable): Grant {
    return this.grantRequests(grantee, [["*", "/v1/*"]]);
  }

  /** The custom resource settings that all topics and subscriptions share. */
  provisioned(
    resourceType: string,
  ): Pick<CustomResourceProps, "serviceToken" | "resourceType" | "serviceTimeout"> {
    const { function: fn } = this.functions.provision;
    return { serviceToken: fn.functionArn, resourceType, serviceTimeout: Duration.minutes(8) };
  }

  private addAlarms(
    { alarmActions: actions, alarmThresholds: thresholds = {} }: SluiceProps,
    watched: Pick<AlarmsProps, "rule" | "failures" | "outboxFailures">,
  ): void {
    if (!actions) return;
    const { functions, endpoint } = this;
    const tables = [this.logTable, this.stateTable, this.outboxTable];
    new Alarms(this, "Alarms", { queue: this, ...watched, functions, tables, endpoint, actions, thresholds });
  }

  private windClock(): Rule {
    const target = new LambdaFunction(this.functions.clock.function, {
      retryAttempts: 0,
      maxEventAge: Duration.minutes(1),
    });
    return new Rule(this, "EveryMinute", { schedule: Schedule.rate(Duration.minutes(1)), targets: [target] });
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

/** @throws {Error} for what would fail in the middle of a deployment, or open what should be closed. */
function checkProps(queue: Sluice, props: SluiceProps): void {
  const checks = new Checks(queue);
  checks.oneOf("endpoint", props.endpoint, ENDPOINT_KINDS);
  checks.oneOf("auth", props.auth, AUTHS);
  checks.between("requestsPerSecond", props.requestsPerSecond, 1, REQUESTS_AT_MOST);
  checks.within("requestsBurst", props.requestsBurst, 1, REQUESTS_AT_MOST);
  checks.bytes("inlineLimit", props.inlineLimit, 0, INLINE_AT_MOST);
  checks.flag("emptyBucketOnDelete", props.emptyBucketOnDelete);
  checks.flag("tracing", props.tracing);
  checks.oneOf("metrics", props.metrics, METRIC_DETAILS);
  checks.flag("acknowledgeFindings", props.acknowledgeFindings);
  if (props.alarmThresholds && !props.alarmActions)
    checks.refuse("alarmThresholds: there are no alarms without alarmActions");
  checkThresholds(queue, props.alarmThresholds ?? {});
  checkEnvironment(queue, props.environment);
}

/** More than any account's quota. */
const REQUESTS_AT_MOST = 1_000_000;
/** An item of DynamoDB holds 400 KB, with the slot's other attributes. */
const INLINE_AT_MOST = 350_000;

function environmentOf({ inlineLimit, environment }: SluiceProps): Record<string, string> {
  const limit = inlineLimit ? { SLUICE_INLINE_LIMIT_BYTES: String(inlineLimit.toBytes()) } : {};
  return { ...limit, ...environment };
}
