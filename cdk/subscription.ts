import { type CfnResource, CustomResource, RemovalPolicy, Stack } from "aws-cdk-lib";
import { ArnPrincipal, type Grant, type IGrantable, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import { Checks, checkId } from "./check.js";
import { CONFIGURE, CONSUME, DEAD_LETTERS, LOOK, MESSAGES, SEEK, grantOn } from "./grants.js";
import { invokePermission } from "./invoke-permission.js";
import { Measured, type Measures } from "./measured.js";
import { declare, kept, ownedBy } from "./owned.js";
import type { ISluice, ISubscription, ITopic } from "./queue.js";
import type { SigningSecret } from "./subscription-options.js";
import type { SubscriptionProps } from "./subscription-props.js";
import { checkSubscription } from "./subscription-checks.js";
import { derivedOf, settingsOf } from "./subscription-settings.js";

/** What can be done with a subscription, whether it is made here or elsewhere. */
export abstract class SubscriptionBase extends Measured implements ISubscription {
  abstract readonly subscriptionName: string;
  abstract readonly topic: ITopic;

  protected get measures(): Measures {
    const { queue, topicName: topic } = this.topic;
    return { queue, topic, subscription: this.subscriptionName };
  }

  /** Allows `grantee` to receive and settle over the API, on this subscription only. */
  grantConsume(grantee: IGrantable): Grant {
    return grantOn(this.topic, grantee, this.subscriptionName, CONSUME);
  }

  /** Allows `grantee` to replay and skip over the API, as a whole or by a job, on this subscription only. */
  grantSeek(grantee: IGrantable): Grant {
    return grantOn(this.topic, grantee, this.subscriptionName, SEEK);
  }

  /** Allows `grantee` to look at, send again and delete this subscription's dead letters over the API. */
  grantDeadLetters(grantee: IGrantable): Grant {
    return grantOn(this.topic, grantee, this.subscriptionName, DEAD_LETTERS);
  }

  /** Allows `grantee` to look at this subscription's messages, and to settle them as an operator, over the API. */
  grantMessages(grantee: IGrantable): Grant {
    return grantOn(this.topic, grantee, this.subscriptionName, MESSAGES);
  }

  /** Allows `grantee` to look at this subscription's settings and state over the API, but not at messages. */
  grantLook(grantee: IGrantable): Grant {
    return grantOn(this.topic, grantee, this.subscriptionName, LOOK);
  }

  /**
   * Allows `grantee` to change this subscription's settings over the API, of which a pause is one, and to wake it. Its
   * target and its filter are settings, too: this is for operators.
   */
  grantConfigure(grantee: IGrantable): Grant {
    return grantOn(this.topic, grantee, this.subscriptionName, CONFIGURE);
  }
}

/** A subscription that is made elsewhere. */
export interface SubscriptionAttributes {
  readonly topic: ITopic;
  readonly subscriptionName: string;
}

/**
 * A named reader of a topic with its own progress. If the function's stack depends on the queue's stack, create the
 * subscription in the function's stack with `new Subscription`.
 */
export class Subscription extends SubscriptionBase {
  readonly subscriptionName: string;
  readonly topic: ITopic;

  /** A subscription that is made elsewhere: by another app, or over the API. Nothing of it is changed. */
  static fromName(scope: Construct, id: string, attributes: SubscriptionAttributes): ISubscription {
    return new ImportedSubscription(scope, id, attributes);
  }

  constructor(scope: Construct, id: string, props: SubscriptionProps) {
    checkId(scope, id, "subscriptionName");
    super(scope, id);
    const { topic, function: fn } = props;
    const { queue } = topic;
    this.topic = topic;
    this.subscriptionName = new Checks(this).name("subscription", props.subscriptionName ?? id);
    checkSubscription(this, props);
    declare(queue, { topic: topic.topicName, subscription: this.subscriptionName }, this);
    const resource = new CustomResource(this, "Resource", {
      ...queue.provisioned("Custom::SluiceSubscription"),
      properties: {
        Topic: topic.topicName,
        Subscription: this.subscriptionName,
        Settings: Stack.of(this).toJsonString(settingsOf(props)),
        ...(props.ackDeadline ? {} : { Derived: Stack.of(this).toJsonString(derivedOf(props)) }),
        ...ownedBy(this, queue, props.adopt),
      },
    });
    this.keep(resource, props.removalPolicy ?? topic.removalPolicy);
    for (const first of [topic.resource, queue.provisioner]) if (first) resource.node.addDependency(first);
    if (fn) resource.node.addDependency(invokePermission(this, queue, fn));
    if (props.secret) permitToSign(this, queue, props.secret);
  }

  /** One of another name replaces it, and both would deliver to the same function. So that one goes in any case. */
  private keep(resource: CustomResource, policy: RemovalPolicy): void {
    if (policy !== RemovalPolicy.DESTROY && this.topic.removalPolicy === RemovalPolicy.DESTROY) {
      new Checks(this).refuse("removalPolicy: a topic that is deleted cannot keep a subscription: keep both");
    }
    const cfn = resource.node.defaultChild as CfnResource;
    cfn.applyRemovalPolicy(kept(policy), { applyToUpdateReplacePolicy: false });
  }
}

class ImportedSubscription extends SubscriptionBase {
  readonly subscriptionName: string;
  readonly topic: ITopic;

  constructor(scope: Construct, id: string, { topic, subscriptionName }: SubscriptionAttributes) {
    super(scope, id);
    this.topic = topic;
    this.subscriptionName = new Checks(this).name("subscription", subscriptionName);
  }
}

/**
 * By the secret's own policy, since roles have no room for many. Where that cannot be changed, or would have two stacks
 * need each other, the roles are allowed to read it.
 */
function permitToSign(subscription: Construct, queue: ISluice, secret: SigningSecret): void {
  const isApart = Stack.of(secret) !== Stack.of(queue) && Stack.of(subscription) === Stack.of(queue);
  const principals = queue.signingRoles.map(({ roleArn }) => new ArnPrincipal(roleArn));
  const actions = ["secretsmanager:GetSecretValue"];
  const isPermitted =
    !isApart &&
    secret.addToResourcePolicy(new PolicyStatement({ principals, actions, resources: ["*"] })).statementAdded;
  for (const role of queue.signingRoles) {
    if (!isPermitted) secret.grantRead(role);
    else secret.encryptionKey?.grantDecrypt(role);
  }
}
