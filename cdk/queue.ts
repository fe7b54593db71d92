import type { CustomResource, CustomResourceProps, RemovalPolicy } from "aws-cdk-lib";
import type { Grant, IGrantable, IRole } from "aws-cdk-lib/aws-iam";
import type { Construct, IConstruct } from "constructs";

/** What topics and subscriptions need from their queue. */
export interface IQueue extends IConstruct {
  readonly removalPolicy: RemovalPolicy;
  /** The role that a subscriber's function must allow to invoke it. */
  readonly pumpRole: IRole;
  /** The roles that sign what is posted to webhooks. */
  readonly signingRoles: readonly IRole[];
  /** Creates topics and subscriptions, which depend on it so that it outlives them. */
  readonly provisioner: Construct;

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
  /** Subscriptions depend on it: they are created after it and deleted before it. */
  readonly resource: CustomResource;

  /** Allows `grantee` to receive and settle over the API, on one subscription of this topic or on all of them. */
  grantConsume(grantee: IGrantable, subscriptionName?: string): Grant;

  /** Allows `grantee` to replay and skip over the API, on one subscription of this topic or on all of them. */
  grantSeek(grantee: IGrantable, subscriptionName?: string): Grant;
  grantDeadLetters(grantee: IGrantable, subscriptionName?: string): Grant;
  grantMessages(grantee: IGrantable, subscriptionName?: string): Grant;
}
