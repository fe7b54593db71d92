import { CustomResource, Duration, type Size, Stack } from "aws-cdk-lib";
import type { Grant, IGrantable } from "aws-cdk-lib/aws-iam";
import { CfnPermission, Function, type IFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { SUBSCRIPTION_DEFAULTS } from "../lib/domain/subscription.js";
import { checkName, checkWithin } from "./check.js";
import type { ITopic } from "./queue.js";

/** Where a new subscription starts; ignored once it is made. Times are RFC 3339. */
export type StartAt = "latest" | "earliest" | { readonly time: string } | { readonly id: string };

export interface PullSubscriptionProps {
  /**
   * Its name on the wire, 1 to 80 of `A-Z a-z 0-9 _ -`. A change makes a new one, with no progress.
   * @default - the construct's id
   */
  readonly subscriptionName?: string;
  /** @default "latest" */
  readonly from?: StartAt;
  /**
   * How long a consumer has for a message, and how long a failed one waits; 1 second to 12 hours.
   * @default - 30 seconds, or the function's timeout where that is longer
   */
  readonly ackDeadline?: Duration;
  /** Whether nothing is handed out. @default false */
  readonly paused?: boolean;
}

export interface LambdaSubscriptionProps extends PullSubscriptionProps {
  /** Invocations at once, 1 to 1000. @default 10 */
  readonly maxConcurrency?: number;
  /** Messages in one invocation, 1 to 1000. @default 10 */
  readonly batchMaxMessages?: number;
  /**
   * Sum of the bodies in one invocation, 1 KiB to 4 MiB; a single larger message still goes, alone.
   * @default Size.kibibytes(256)
   */
  readonly batchMaxSize?: Size;
}

export interface SubscriptionProps extends LambdaSubscriptionProps {
  readonly topic: ITopic;
  /** The function to deliver to. @default - none: consumers receive over the API */
  readonly function?: IFunction;
}

/**
 * A named reader of a topic with its own progress. Put it into the function's own stack, with `new Subscription`, where
 * that stack depends on the queue's.
 */
export class Subscription extends Construct {
  readonly subscriptionName: string;
  readonly topic: ITopic;

  constructor(scope: Construct, id: string, props: SubscriptionProps) {
    super(scope, id);
    const { topic, function: fn } = props;
    const { queue } = topic;
    this.topic = topic;
    this.subscriptionName = checkName("subscription", props.subscriptionName ?? id);
    checkWithin("maxConcurrency", props.maxConcurrency, 1, 1_000);
    checkWithin("batchMaxMessages", props.batchMaxMessages, 1, 1_000);
    checkWithin("batchMaxSize in bytes", props.batchMaxSize?.toBytes(), 1_024, 4_194_304);
    checkWithin("ackDeadline in seconds", props.ackDeadline?.toSeconds(), 1, 43_200);
    const resource = new CustomResource(this, "Resource", {
      ...queue.provisioned("Custom::SluiceSubscription"),
      properties: {
        Topic: topic.topicName,
        Subscription: this.subscriptionName,
        Settings: Stack.of(this).toJsonString(settingsOf(props)),
      },
    });
    resource.node.addDependency(topic.resource, queue.provisioner);
    if (fn) resource.node.addDependency(this.permit(fn));
  }

  /** Lets `grantee` receive and settle on this subscription and no other, over the API. */
  grantConsume(grantee: IGrantable): Grant {
    return this.topic.grantConsume(grantee, this.subscriptionName);
  }

  /** Lets `grantee` replay and skip on this subscription and no other, over the API. */
  grantSeek(grantee: IGrantable): Grant {
    return this.topic.grantSeek(grantee, this.subscriptionName);
  }

  /** On the function, not on the pump's role: a role's policies are full after some forty functions. */
  private permit(fn: IFunction): CfnPermission {
    return new CfnPermission(this, "Invoke", {
      action: "lambda:InvokeFunction",
      functionName: fn.functionArn,
      principal: this.topic.queue.pumpRole.roleArn,
    });
  }
}

function settingsOf(props: SubscriptionProps): Record<string, unknown> {
  const { function: fn, batchMaxMessages, batchMaxSize } = props;
  const batch = {
    ...SUBSCRIPTION_DEFAULTS.batch,
    ...(batchMaxMessages === undefined ? {} : { maxMessages: batchMaxMessages }),
    ...(batchMaxSize === undefined ? {} : { maxBytes: batchMaxSize.toBytes() }),
  };
  return {
    target: fn ? { type: "lambda", functionArn: fn.functionArn } : { type: "pull" },
    ackDeadlineSeconds: (props.ackDeadline ?? defaultAckDeadline(fn)).toSeconds(),
    maxConcurrency: props.maxConcurrency,
    paused: props.paused,
    from: props.from,
    ...(fn ? { batch } : {}),
  };
}

/** A message is not handed out again while the function may still be at work on it. */
function defaultAckDeadline(fn: IFunction | undefined): Duration {
  const timeoutSeconds = fn instanceof Function ? (fn.timeout?.toSeconds() ?? 0) : 0;
  return Duration.seconds(Math.max(timeoutSeconds, SUBSCRIPTION_DEFAULTS.ackDeadlineSeconds));
}
