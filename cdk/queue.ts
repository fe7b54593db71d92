import type { CustomResource, CustomResourceProps, IResource, RemovalPolicy } from "aws-cdk-lib";
import type { Metric, MetricOptions } from "aws-cdk-lib/aws-cloudwatch";
import type { ITable } from "aws-cdk-lib/aws-dynamodb";
import type { Grant, IGrantable, IRole } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import type { MetricDetail, MetricName } from "../lib/domain/metrics.js";
import type { TargetPolicy } from "../lib/domain/webhook/target-policy.js";
import type { ScheduleOptions } from "./schedule-options.js";
import type {
  LambdaSubscriptionProps,
  PullSubscriptionProps,
  WebhookSubscriptionProps,
} from "./subscription-options.js";
import type { TopicOptions } from "./topic-options.js";

/** A table as far as grants and transactions need it. */
export type OutboxTable = Pick<ITable, "tableArn" | "tableName" | "encryptionKey">;

/** What custom resources of a queue have in common. */
export type Provisioned = Pick<CustomResourceProps, "serviceToken" | "resourceType" | "serviceTimeout">;

/** What has metrics. Those of topics and subscriptions have data only where the queue's `metrics` says so. */
export interface IMeasured extends IResource {
  metric(metricName: MetricName, options?: MetricOptions): Metric;
  metricBacklog(options?: MetricOptions): Metric;
  metricAge(options?: MetricOptions): Metric;
  metricDeliveries(options?: MetricOptions): Metric;
  metricFailures(options?: MetricOptions): Metric;
  metricExpired(options?: MetricOptions): Metric;
  metricDeadLetters(options?: MetricOptions): Metric;
}

/** A queue, made in this app or elsewhere. */
export interface ISluice extends IMeasured {
  /** What its metrics and log lines call it; no other queue in the account and region has the same name. */
  readonly queueName: string;
  /** How far its metrics are told apart. */
  readonly metrics: MetricDetail;
  /** The API's URL, without a trailing slash. */
  readonly apiUrl: string;
  readonly removalPolicy: RemovalPolicy;
  /** The role that a subscriber's function must allow to invoke it. */
  readonly pumpRole: IRole;
  /** The roles that sign what is posted to webhooks. */
  readonly signingRoles: readonly IRole[];
  /** Where webhooks may lead. */
  readonly targetPolicy: TargetPolicy;
  /**
   * Creates topics and subscriptions, which depend on it so that it outlives them. Undefined where the queue is made
   * elsewhere.
   */
  readonly provisioner: Construct | undefined;
  /** Where users' own transactions put messages. */
  readonly outboxTable: OutboxTable;
  /** What tells this app's topics and subscriptions from those that other apps make in the queue. */
  readonly appKey: string;

  metricPublished(options?: MetricOptions): Metric;

  /** Adds a topic. Its name is its id unless `topicName` is given. */
  addTopic(id: string, options?: TopicOptions): ITopic;

  /** The custom resource settings that all topics and subscriptions share. */
  provisioned(resourceType: string): Provisioned;

  /** Allows `grantee` to send exactly these requests, given as `[method, path]`. */
  grantRequests(grantee: IGrantable, requests: readonly (readonly [method: string, path: string])[]): Grant;
  /** Allows `grantee` to publish to several topics in one request: to all topics. */
  grantPublishToTopics(grantee: IGrantable): Grant;
  /** Allows `grantee` to ask what is wrong, with the queue and all of its topics. */
  grantDoctor(grantee: IGrantable): Grant;
  /** Allows `grantee` every request. */
  grantManage(grantee: IGrantable): Grant;
}

/** A topic, made in this app or elsewhere. Each grant says more in `Topic`. */
export interface ITopic extends IMeasured {
  readonly topicName: string;
  readonly queue: ISluice;
  readonly removalPolicy: RemovalPolicy;
  /** "none" or "key"; undefined where that is not known. */
  readonly ordering: string | undefined;
  /** Its JSON Schema; undefined where it has none, or that is not known. */
  readonly schema: Readonly<Record<string, unknown>> | undefined;
  /** What is made of it depends on it: created after it, deleted before it. Undefined: it is made elsewhere. */
  readonly resource: CustomResource | undefined;
  /** The name of the queue's outbox table. */
  readonly outboxTableName: string;

  subscribe(id: string, fn: IFunction, props?: LambdaSubscriptionProps): ISubscription;
  addWebhook(id: string, url: string, props?: WebhookSubscriptionProps): ISubscription;
  addPullSubscription(id: string, props?: PullSubscriptionProps): ISubscription;
  addSchedule(id: string, options: ScheduleOptions): ISchedule;

  metricPublished(options?: MetricOptions): Metric;

  grantPublish(grantee: IGrantable): Grant;
  grantOutbox(grantee: IGrantable): Grant;
  grantReadOutbox(grantee: IGrantable): Grant;
  grantSchedule(grantee: IGrantable): Grant;
  grantManageSchedules(grantee: IGrantable): Grant;
  grantRead(grantee: IGrantable): Grant;
  grantLookUp(grantee: IGrantable): Grant;
  grantErase(grantee: IGrantable): Grant;
  grantConsume(grantee: IGrantable, subscriptionName: string): Grant;
  grantSeek(grantee: IGrantable, subscriptionName: string): Grant;
  grantLook(grantee: IGrantable, subscriptionName: string): Grant;
  grantDoctor(grantee: IGrantable): Grant;
  grantConfigure(grantee: IGrantable): Grant;
  grantDeadLetters(grantee: IGrantable, subscriptionName: string): Grant;
  grantMessages(grantee: IGrantable, subscriptionName: string): Grant;
  grantManage(grantee: IGrantable): Grant;
}

/** A subscription, made in this app or elsewhere. Each grant is on it alone. */
export interface ISubscription extends IMeasured {
  readonly subscriptionName: string;
  readonly topic: ITopic;

  grantConsume(grantee: IGrantable): Grant;
  grantSeek(grantee: IGrantable): Grant;
  grantDeadLetters(grantee: IGrantable): Grant;
  grantMessages(grantee: IGrantable): Grant;
  grantLook(grantee: IGrantable): Grant;
  grantConfigure(grantee: IGrantable): Grant;
}

/** A schedule of a topic. Each grant is on it alone. */
export interface ISchedule extends IResource {
  readonly scheduleName: string;
  readonly topic: ITopic;

  grantRun(grantee: IGrantable): Grant;
}
