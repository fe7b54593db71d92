import type { CustomResource, CustomResourceProps, RemovalPolicy } from "aws-cdk-lib";
import type { Grant, IGrantable, IRole } from "aws-cdk-lib/aws-iam";
import type { Construct, IConstruct } from "constructs";

/** What topics and subscriptions need of the queue that they belong to. */
export interface IQueue extends IConstruct {
  readonly removalPolicy: RemovalPolicy;
  /** Whom a subscriber's function has to let invoke it. */
  readonly pumpRole: IRole;
  /** What topics and subscriptions are made by: they depend on it, so that it outlives them. */
  readonly provisioner: Construct;

  /** What every topic and subscription has in common as a custom resource. */
  provisioned(
    resourceType: string,
  ): Pick<CustomResourceProps, "serviceToken" | "resourceType" | "serviceTimeout">;

  /** Lets `grantee` send these requests, `[method, path]`, and no others. */
  grantRequests(grantee: IGrantable, requests: readonly (readonly [method: string, path: string])[]): Grant;
}

/** What subscriptions need of their topic. */
export interface ITopic extends IConstruct {
  readonly topicName: string;
  readonly queue: IQueue;
  /** What its subscriptions are made after, and deleted before. */
  readonly resource: CustomResource;

  /** Lets `grantee` receive and settle over the API: on one subscription of this topic, or on each of them. */
  grantConsume(grantee: IGrantable, subscriptionName?: string): Grant;

  /** Lets `grantee` replay and skip over the API: on one subscription of this topic, or on each of them. */
  grantSeek(grantee: IGrantable, subscriptionName?: string): Grant;
}
