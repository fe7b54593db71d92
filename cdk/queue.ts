import type { CustomResource, CustomResourceProps, RemovalPolicy } from "aws-cdk-lib";
import type { Grant, IGrantable, IRole } from "aws-cdk-lib/aws-iam";
import type { Table } from "aws-cdk-lib/aws-dynamodb";
import type { Construct, IConstruct } from "constructs";
import type { MetricDetail } from "../lib/domain/metrics.js";
import type { TargetPolicy } from "../lib/domain/webhook/target-policy.js";

/** What topics and subscriptions need from their queue. */
export interface IQueue extends IConstruct {
  /** What its metrics and log lines call it; no other queue in the account and region has the same name. */
  readonly queueName: string;
  /** How far its metrics are told apart. */
  readonly metrics: MetricDetail;
  readonly removalPolicy: RemovalPolicy;
  /** The role that a subscriber's function must allow to invoke it. */
  readonly pumpRole: IRole;
  /** The roles that sign what is posted to webhooks. */
  readonly signingRoles: readonly IRole[];
  /** Where webhooks may lead. */
  readonly targetPolicy: TargetPolicy;
  /** Creates topics and subscriptions, which depend on it so that it outlives them. */
  readonly provisioner: Construct;
  /** Where users' own transactions put messages. */
  readonly outboxTable: Table;

  /** The custom resource settings that all topics and subscriptions share. */
  provisioned(
    resourceType: string,
  ): Pick<CustomResourceProps, "serviceToken" | "resourceType" | "serviceTimeout">;

  /** Allows `grantee` to send exactly these requests, given as `[method, path]`. */
  grantRequests(grantee: IGrantable, requests: readonly (readonly [method: string, path: string])[]): Grant;
}

/** What subscriptions need from their topic. */
export interface ITopic extends IConstruct {
  readonly topicName: string;
  readonly queue: IQueue;
  readonly removalPolicy: RemovalPolicy;
  /** "none" or "key". */
  readonly ordering: string;
  /** Subscriptions depend on it: they are created after it and deleted before it. */
  readonly resource: CustomResource;
}
