import { CfnOutput, Duration, RemovalPolicy } from "aws-cdk-lib";
import type { ApiKey } from "aws-cdk-lib/aws-apigateway";
import type { ITable } from "aws-cdk-lib/aws-dynamodb";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import type { Grant, IGrantable, IRole } from "aws-cdk-lib/aws-iam";
import { Architecture } from "aws-cdk-lib/aws-lambda";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";
import type { MetricDetail } from "../lib/domain/metrics.js";
import type { TargetPolicy } from "../lib/domain/webhook/target-policy.js";
import { type AcknowledgedFinding, acknowledgedIn, recordAcknowledged } from "./acknowledge.js";
import { Alarms, type AlarmsProps } from "./alarms.js";
import { SluiceDashboard, type SluiceDashboardOptions } from "./dashboard.js";
import { Doorbell } from "./doorbell.js";
import { Endpoint } from "./endpoint.js";
import { Functions } from "./functions.js";
import { takeInGiven } from "./given-storage.js";
import type { Requests } from "./grants.js";
import {
  type ImportOptions,
  type SluiceAttributes,
  importedFromAttributes,
  importedFromParameters,
} from "./imported-sluice.js";
import { logKeyOf } from "./log-key.js";
import { LogQueries } from "./log-queries.js";
import { queueNameOf } from "./metrics.js";
import { type QueueParameters, publishParameters } from "./parameters.js";
import type { ISluice } from "./queue.js";
import { SluiceBase } from "./sluice-base.js";
import { type SluiceProps, checkProps, environmentOf } from "./sluice-props.js";
import { Storage } from "./storage.js";
import { targetPolicyOf, webhookEnvironment } from "./webhook-targets.js";

/** A message queue: three tables, a bucket, seven functions and an endpoint. Add topics with {@link addTopic}. */
export class Sluice extends SluiceBase {
  /** What its metrics and log lines call it; no other queue in the account and region has the same name. */
  readonly queueName: string;
  /** How far its metrics are told apart. */
  readonly metrics: MetricDetail;
  readonly endpoint: Endpoint;
  readonly logTable: ITable;
  readonly stateTable: ITable;
  /** Where users' own transactions put messages: its name is what `outboxItem` takes. */
  readonly outboxTable: ITable;
  readonly bucket: IBucket;
  readonly functions: Functions;
  readonly removalPolicy: RemovalPolicy;
  readonly targetPolicy: TargetPolicy;
  readonly appKey: string;

  /**
   * A queue that another app makes, by what its stack's outputs say. This app can add topics and subscriptions to it,
   * and grant: docs/features/other-apps.md.
   */
  static fromAttributes(scope: Construct, id: string, attributes: SluiceAttributes): ISluice {
    return importedFromAttributes(scope, id, attributes);
  }

  /** A queue that another app makes, by the parameters that its `parameterPrefix` puts into Systems Manager. */
  static fromParameters(scope: Construct, id: string, prefix: string, options: ImportOptions = {}): ISluice {
    return importedFromParameters(scope, id, prefix, options);
  }

  constructor(scope: Construct, id: string, props: SluiceProps = {}) {
    super(scope, id);
    checkProps(this, props);
    recordAcknowledged(this, props.acknowledgeFindings ?? true);
    this.queueName = queueNameOf(this);
    this.metrics = props.metrics ?? "queue";
    this.appKey = this.node.addr;
    this.targetPolicy = targetPolicyOf(props.webhookTargets ?? {});
    this.removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const { encryptionKey } = props;
    const logs = {
      logRetention: props.logRetention ?? RetentionDays.ONE_MONTH,
      logRemovalPolicy: this.removalPolicy,
      logKey: logKeyOf(this, props),
      tracing: props.tracing ?? false,
    };
    const storage = new Storage(this, "Storage", {
      removalPolicy: this.removalPolicy,
      emptyBucketOnDelete: props.emptyBucketOnDelete ?? this.removalPolicy === RemovalPolicy.DESTROY,
      encryptionKey,
      ...{ bucketAccessLogs: props.bucketAccessLogs, uploadOrigins: props.uploadOrigins },
      given: props.storage,
    });
    const kind = props.endpoint ?? "http";
    this.functions = new Functions(this, "Functions", {
      ...logs,
      storage,
      encryptionKey,
      architecture: props.architecture ?? Architecture.ARM_64,
      ...(props.runtime ? { runtime: props.runtime } : {}),
      ...(props.network ? { network: props.network } : {}),
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
      api: props.api ?? {},
      handler: this.functions.api.live,
      receiveHandler: this.functions.receive?.live,
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
    if (props.storage) takeInGiven(this, props.storage, this.functions.provision);
    const rule = this.windClock();
    this.addAlarms(props, { rule, failures, outboxFailures });
    this.addOutputs();
    if (props.parameterPrefix !== undefined) publishParameters(this, props.parameterPrefix, this.parameters);
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

  /**
   * The API key of one of `api.callers`. API Gateway makes its value, which is in no template: a caller that may read
   * it (`grantRead`) asks there.
   * @throws {Error} for a caller that was not named
   */
  apiKey(caller: string): ApiKey {
    return this.endpoint.keyOf(caller);
  }

  /** Adds a dashboard: what flows, what waits, what fails. It is $3 a month beyond the first three of an account. */
  addDashboard(id = "Dashboard", options: SluiceDashboardOptions = {}): SluiceDashboard {
    return new SluiceDashboard(this, id, { ...options, queue: this });
  }

  /** Saves the queries of docs/log-queries.md in CloudWatch Logs Insights, in a folder of this queue's name. */
  addLogQueries(id = "LogQueries"): void {
    new LogQueries(this, id, { queueName: this.queueName, functions: this.functions });
  }

  /** The findings of cdk-nag on Sluice's own resources that it means, and why. */
  get acknowledged(): readonly AcknowledgedFinding[] {
    return acknowledgedIn(this);
  }

  protected override allow(grantee: IGrantable, requests: Requests): Grant {
    return this.endpoint.grant(grantee, requests);
  }

  protected get serviceToken(): string {
    return this.functions.provision.function.functionArn;
  }

  private get parameters(): QueueParameters {
    const { provision, pump, api } = this.functions;
    return {
      "api-url": this.apiUrl,
      "api-id": this.endpoint.apiId,
      "api-stage": this.endpoint.stageName,
      "provision-function-arn": provision.function.functionArn,
      "pump-role-arn": pump.role.roleArn,
      "api-role-arn": api.role.roleArn,
      "outbox-table-name": this.outboxTable.tableName,
      "queue-name": this.queueName,
    };
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
    const target = new LambdaFunction(this.functions.clock.live, {
      retryAttempts: 0,
      maxEventAge: Duration.minutes(1),
    });
    return new Rule(this, "EveryMinute", { schedule: Schedule.rate(Duration.minutes(1)), targets: [target] });
  }

  private addOutputs(): void {
    new CfnOutput(this, "QueueName", { value: this.queueName });
    new CfnOutput(this, "ApiUrl", { value: this.apiUrl });
    new CfnOutput(this, "ApiId", { value: this.endpoint.apiId });
    const { domain } = this.endpoint;
    if (domain) new CfnOutput(this, "ApiDomainTarget", { value: domain.regionalDomainName });
    new CfnOutput(this, "LogTable", { value: this.logTable.tableName });
    new CfnOutput(this, "StateTable", { value: this.stateTable.tableName });
    new CfnOutput(this, "OutboxTable", { value: this.outboxTable.tableName });
    new CfnOutput(this, "BucketName", { value: this.bucket.bucketName });
    new CfnOutput(this, "ProvisionFunctionArn", { value: this.parameters["provision-function-arn"] });
    new CfnOutput(this, "PumpRoleArn", { value: this.parameters["pump-role-arn"] });
    new CfnOutput(this, "ApiRoleArn", { value: this.parameters["api-role-arn"] });
  }
}
