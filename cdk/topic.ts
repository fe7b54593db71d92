import { CustomResource, type Duration, type RemovalPolicy, Stack } from "aws-cdk-lib";
import type { Grant, IGrantable } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import type { Paused } from "../lib/domain/topic.js";
import { checkName, checkWithin } from "./check.js";
import type { IQueue, ITopic } from "./queue.js";
import { type LambdaSubscriptionProps, type PullSubscriptionProps, Subscription } from "./subscription.js";

export enum Ordering {
  /** Any consumer, any order: the most parallel. */
  NONE = "none",
  /** The messages of one ordering key are seen in the order of their publishes. */
  BY_KEY = "key",
}

export interface TopicOptions {
  /**
   * The topic's name on the wire, 1 to 80 of `A-Z a-z 0-9 _ -`. A change makes a new topic.
   * @default - the construct's id
   */
  readonly topicName?: string;
  /** Fixed once the topic is made. @default Ordering.NONE */
  readonly ordering?: Ordering;
  /** 1 to 256; may grow, where ordering is NONE. @default 16 */
  readonly partitions?: number;
  /** How long a message is kept, 1 hour to 1 year. @default Duration.days(3) */
  readonly retention?: Duration;
  /** What is held back: publishes are refused, deliveries wait. @default "none" */
  readonly paused?: Paused;
  /** @default - none */
  readonly description?: string;
  /**
   * Whether the topic goes, with its messages, once the stack no longer has it. One that was kept is taken over when a
   * topic of its name is added again. Subscriptions always go with their construct.
   * @default - the queue's
   */
  readonly removalPolicy?: RemovalPolicy;
}

export interface TopicProps extends TopicOptions {
  readonly queue: IQueue;
}

/** A named log of messages. Made and changed with the stack, by the same operations as over the API. */
export class Topic extends Construct implements ITopic {
  readonly topicName: string;
  readonly queue: IQueue;
  /** What its subscriptions are made after, and deleted before. */
  readonly resource: CustomResource;

  constructor(scope: Construct, id: string, props: TopicProps) {
    super(scope, id);
    this.queue = props.queue;
    this.topicName = checkName("topic", props.topicName ?? id);
    checkWithin("partitions", props.partitions, 1, 256);
    checkWithin("retention in seconds", props.retention?.toSeconds(), 3_600, 31_536_000);
    const settings = {
      ordering: props.ordering,
      partitions: props.partitions,
      retentionSeconds: props.retention?.toSeconds(),
      paused: props.paused,
      description: props.description,
    };
    this.resource = new CustomResource(this, "Resource", {
      ...props.queue.provisioned("Custom::SluiceTopic"),
      removalPolicy: props.removalPolicy ?? props.queue.removalPolicy,
      properties: { Topic: this.topicName, Settings: Stack.of(this).toJsonString(settings) },
    });
    this.resource.node.addDependency(props.queue.provisioner);
  }

  /** Delivers to `fn` the way that an SQS trigger does. */
  subscribe(id: string, fn: IFunction, props: LambdaSubscriptionProps = {}): Subscription {
    return new Subscription(this, id, { ...props, topic: this, function: fn });
  }

  /** Keeps messages for consumers that ask for them. */
  addPullSubscription(id: string, props: PullSubscriptionProps = {}): Subscription {
    return new Subscription(this, id, { ...props, topic: this });
  }

  /** Lets `grantee` publish to this topic and no other, over the API. */
  grantPublish(grantee: IGrantable): Grant {
    const messages = `/v1/topics/${this.topicName}/messages`;
    return this.queue.grantRequests(grantee, [
      ["POST", messages],
      ["POST", `${messages}/raw`],
    ]);
  }

  /** Lets `grantee` receive and settle over the API: on one subscription of this topic, or on each of them. */
  grantConsume(grantee: IGrantable, subscriptionName = "*"): Grant {
    const path = `/v1/topics/${this.topicName}/subscriptions/${subscriptionName}`;
    return this.queue.grantRequests(grantee, [
      ["POST", `${path}/receive`],
      ["POST", `${path}/settle`],
    ]);
  }

  /**
   * Lets `grantee` replay and skip over the API: on one subscription of this topic, or on each of them. It is for
   * operators: whoever consumes needs it not.
   */
  grantSeek(grantee: IGrantable, subscriptionName = "*"): Grant {
    const path = `/v1/topics/${this.topicName}/subscriptions/${subscriptionName}`;
    return this.queue.grantRequests(grantee, [["POST", `${path}/seek`]]);
  }
}
