import { CustomResource, Duration, type Size, Stack, Token } from "aws-cdk-lib";
import { ArnPrincipal, type Grant, type IGrantable, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { CfnPermission, Function, type IFunction } from "aws-cdk-lib/aws-lambda";
import type { ISecret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { InvalidRequest } from "../lib/domain/errors.js";
import { compileFilter } from "../lib/domain/filter/filter.js";
import { RATE_AT_LEAST, RATE_AT_MOST } from "../lib/domain/rate.js";
import {
  HTTPS_DEFAULTS,
  type HttpsTarget,
  RETRY_SECONDS_AT_MOST,
  RETRY_WAITS_AT_MOST,
  type RetrySettings,
  SUBSCRIPTION_DEFAULTS,
  WEBHOOK_SECONDS_AT_MOST,
} from "../lib/domain/subscription.js";
import { checkBetween, checkName, checkWithin } from "./check.js";
import type { IQueue, ITopic } from "./queue.js";

/** Where a new subscription starts; ignored once it exists. Times are RFC 3339. */
export type StartAt = "latest" | "earliest" | { readonly time: string } | { readonly id: string };

/** How long a message that failed waits for its next attempt; each wait is 1 second to 1 day. */
export interface RetryProps {
  /** After so many failures of its own a message becomes a dead letter, 1 to 1000. @default 16 */
  readonly maxAttempts?: number;
  /** The wait after the first failure, and the least after any other. @default Duration.seconds(1) */
  readonly minBackoff?: Duration;
  /** The longest wait: the bound doubles with each attempt until it is reached. @default Duration.hours(1) */
  readonly maxBackoff?: Duration;
  /** Whether waits are random, so that what failed together does not come again together. @default true */
  readonly jitter?: boolean;
  /** The wait after each attempt, in place of the above; the last one repeats. @default - none */
  readonly schedule?: readonly Duration[];
}

export interface PullSubscriptionProps {
  /**
   * Its name in the API, 1 to 80 characters from `A-Z a-z 0-9 _ -`. A new name means a new subscription without
   * progress.
   * @default - the construct's id
   */
  readonly subscriptionName?: string;
  /** @default "latest" */
  readonly from?: StartAt;
  /**
   * How long a consumer has for a message; 1 second to 12 hours.
   * @default - 30 seconds, or the function's timeout if that is longer
   */
  readonly ackDeadline?: Duration;
  /** How long a message that failed waits for its next attempt. @default - 1 second to 1 hour, doubling, with jitter */
  readonly retry?: RetryProps;
  /** How long a message that has no attempt left is kept, 1 hour to 1 year. @default Duration.days(14) */
  readonly deadLetterRetention?: Duration;
  /**
   * The messages that it gets, as a pattern of EventBridge's language over `key`, `tag`, `attributes.NAME` and
   * `body.PATH`: `{ tag: ["created"] }`. It is checked as the app is synthesized.
   * @default - all messages
   */
  readonly filter?: Readonly<Record<string, unknown>>;
  /** Whether deliveries are held back. @default false */
  readonly paused?: boolean;
}

export interface LambdaSubscriptionProps extends PullSubscriptionProps {
  /** The most concurrent invocations, 1 to 1000. @default 10 */
  readonly maxConcurrency?: number;
  /**
   * The most messages a second, over all partitions; 0.1 to 10,000, fractions allowed. Needs a `maxConcurrency` of at
   * most 512.
   * @default - no limit
   */
  readonly rateLimitPerSecond?: number;
  /** The most messages in one invocation, 1 to 1000. @default 10 */
  readonly batchMaxMessages?: number;
  /**
   * Sum of the bodies in one invocation, 1 KiB to 4 MiB; a single larger message still goes, alone.
   * @default Size.kibibytes(256)
   */
  readonly batchMaxSize?: Size;
}

/** A secret of Secrets Manager, made in this app or elsewhere. */
export type SigningSecret = Omit<ISecret, "secretFullArn">;

export interface WebhookSubscriptionProps extends LambdaSubscriptionProps {
  /** What a delivery looks like: a message as the API hands it out, or a CloudEvent. @default "message" */
  readonly format?: HttpsTarget["format"];
  /**
   * The secret that signs: `whsec_` and base64 as Standard Webhooks has it, or any text, whose bytes are the key. It
   * is rotated in Secrets Manager: deliveries are signed with a new one within a minute, and with the one before for a
   * day. Each signing role of the queue is allowed to read it.
   * @default - a secret that Sluice makes; `sluice webhooks rotate-secret` answers one
   */
  readonly secret?: SigningSecret;
  /** How long a connection may take, 1 second up to `timeout`. @default Duration.seconds(5) */
  readonly connectTimeout?: Duration;
  /** How long an answer may take, 1 second to 5 minutes. @default Duration.seconds(15) */
  readonly timeout?: Duration;
}

export interface SubscriptionProps extends WebhookSubscriptionProps {
  readonly topic: ITopic;
  /** The function to deliver to. @default - none: consumers receive over the API */
  readonly function?: IFunction;
  /** The webhook to deliver to. @default - none */
  readonly url?: string;
}

/**
 * A named reader of a topic with its own progress. If the function's stack depends on the queue's stack, create the
 * subscription in the function's stack with `new Subscription`.
 */
export class Subscription extends Construct {
  readonly subscriptionName: string;
  readonly topic: ITopic;

  constructor(scope: Construct, id: string, props: SubscriptionProps) {
    super(scope, id);
    const { topic, function: fn } = props;
    if (fn && props.url !== undefined) throw new Error("a subscription has a function or a url, not both");
    if (props.secret && props.url === undefined) throw new Error("secret is for webhooks: give a url, too");
    const { queue } = topic;
    this.topic = topic;
    this.subscriptionName = checkName("subscription", props.subscriptionName ?? id);
    checkWithin("maxConcurrency", props.maxConcurrency, 1, 1_000);
    checkBetween("rateLimitPerSecond", props.rateLimitPerSecond, RATE_AT_LEAST, RATE_AT_MOST);
    checkWithin("batchMaxMessages", props.batchMaxMessages, 1, 1_000);
    checkWithin("batchMaxSize in bytes", props.batchMaxSize?.toBytes(), 1_024, 4_194_304);
    checkWithin("ackDeadline in seconds", props.ackDeadline?.toSeconds(), 1, 43_200);
    checkRetry(props.retry);
    checkFilter(props.filter);
    const retentionSeconds = props.deadLetterRetention?.toSeconds();
    checkWithin("deadLetterRetention in seconds", retentionSeconds, 3_600, 31_536_000);
    checkTimeouts(props);
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
    if (props.secret) permitToSign(this, queue, props.secret);
  }

  /** Allows `grantee` to receive and settle over the API, on this subscription only. */
  grantConsume(grantee: IGrantable): Grant {
    return this.topic.grantConsume(grantee, this.subscriptionName);
  }

  /** Allows `grantee` to replay and skip over the API, on this subscription only. */
  grantSeek(grantee: IGrantable): Grant {
    return this.topic.grantSeek(grantee, this.subscriptionName);
  }

  /** Allows `grantee` to look at, send again and delete this subscription's dead letters over the API. */
  grantDeadLetters(grantee: IGrantable): Grant {
    return this.topic.grantDeadLetters(grantee, this.subscriptionName);
  }

  /** Allows `grantee` to look at this subscription's messages, and to settle them as an operator, over the API. */
  grantMessages(grantee: IGrantable): Grant {
    return this.topic.grantMessages(grantee, this.subscriptionName);
  }

  /** A permission on the function, because the pump's role has no room for more than about forty functions. */
  private permit(fn: IFunction): CfnPermission {
    return new CfnPermission(this, "Invoke", {
      action: "lambda:InvokeFunction",
      functionName: fn.functionArn,
      principal: this.topic.queue.pumpRole.roleArn,
    });
  }
}

/**
 * By the secret's own policy, since roles have no room for many. Where that cannot be changed, or would have two stacks
 * need each other, the roles are allowed to read it.
 */
function permitToSign(subscription: Construct, queue: IQueue, secret: SigningSecret): void {
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

/** @throws {Error} with every mistake and its place. What holds a token is checked as it is deployed. */
function checkFilter(filter: SubscriptionProps["filter"]): void {
  if (filter === undefined || hasToken(filter)) return;
  try {
    compileFilter(JSON.stringify(filter));
  } catch (error) {
    if (!(error instanceof InvalidRequest)) throw error;
    const mistakes = error.errors.map(
      ({ path, detail }) => `filter${path === "" ? "" : `.${path}`} ${detail}`,
    );
    throw new Error(mistakes.join("; "), { cause: error });
  }
}

const hasToken = (value: unknown): boolean =>
  Token.isUnresolved(value) ||
  (typeof value === "object" &&
    value !== null &&
    Object.entries(value).some(([name, member]) => Token.isUnresolved(name) || hasToken(member)));

function checkTimeouts({ connectTimeout, timeout = WEBHOOK_TIMEOUT }: WebhookSubscriptionProps): void {
  checkWithin("timeout in seconds", timeout.toSeconds(), 1, WEBHOOK_SECONDS_AT_MOST);
  checkWithin("connectTimeout in seconds", connectTimeout?.toSeconds(), 1, timeout.toSeconds());
}

const WEBHOOK_TIMEOUT = Duration.seconds(HTTPS_DEFAULTS.timeoutSeconds);

function checkRetry({ maxAttempts, minBackoff, maxBackoff, schedule = [] }: RetryProps = {}): void {
  checkWithin("retry.maxAttempts", maxAttempts, 1, 1_000);
  const within = (name: string, wait: Duration | undefined): void =>
    checkWithin(`${name} in seconds`, wait?.toSeconds(), 1, RETRY_SECONDS_AT_MOST);
  within("retry.maxBackoff", maxBackoff);
  checkWithin("the length of retry.schedule", schedule.length, 0, RETRY_WAITS_AT_MOST);
  schedule.forEach((wait, index) => within(`retry.schedule[${index}]`, wait));
  const atMost = maxBackoff?.toSeconds() ?? SUBSCRIPTION_DEFAULTS.retry.maxBackoffSeconds;
  checkWithin("retry.minBackoff in seconds", minBackoff?.toSeconds(), 1, atMost);
}

/** All of it, so that what a deployment no longer names gets its default again. */
function retryOf({
  maxAttempts,
  minBackoff,
  maxBackoff,
  jitter = true,
  schedule = [],
}: RetryProps): RetrySettings {
  const { retry } = SUBSCRIPTION_DEFAULTS;
  return {
    maxAttempts: maxAttempts ?? retry.maxAttempts,
    minBackoffSeconds: minBackoff?.toSeconds() ?? retry.minBackoffSeconds,
    maxBackoffSeconds: maxBackoff?.toSeconds() ?? retry.maxBackoffSeconds,
    jitter: jitter ? "full" : "none",
    scheduleSeconds: schedule.map((wait) => wait.toSeconds()),
  };
}

function settingsOf(props: SubscriptionProps): Record<string, unknown> {
  const { function: fn, url, batchMaxMessages, batchMaxSize } = props;
  const isPushed = fn !== undefined || url !== undefined;
  const batch = {
    ...SUBSCRIPTION_DEFAULTS.batch,
    ...(url === undefined ? {} : { maxMessages: 1 }),
    ...(batchMaxMessages === undefined ? {} : { maxMessages: batchMaxMessages }),
    ...(batchMaxSize === undefined ? {} : { maxBytes: batchMaxSize.toBytes() }),
  };
  return {
    target: targetOf(props),
    ackDeadlineSeconds: (props.ackDeadline ?? defaultAckDeadline(props)).toSeconds(),
    retry: props.retry && retryOf(props.retry),
    deadLetter: props.deadLetterRetention && { retentionSeconds: props.deadLetterRetention.toSeconds() },
    maxConcurrency: props.maxConcurrency,
    filter: props.filter,
    rateLimitPerSecond: props.rateLimitPerSecond,
    paused: props.paused,
    from: props.from,
    ...(isPushed ? { batch } : {}),
  };
}

function targetOf({ function: fn, url, format, connectTimeout, timeout, secret }: SubscriptionProps) {
  if (fn) return { type: "lambda", functionArn: fn.functionArn };
  if (url === undefined) return { type: "pull" };
  return {
    type: "https",
    url,
    format,
    connectTimeoutSeconds: connectTimeout?.toSeconds(),
    timeoutSeconds: timeout?.toSeconds(),
    // Said also if there is none, so that one that was taken out of the stack is not used any more.
    secretArn: secret?.secretArn ?? null,
  };
}

/**
 * Covers the time-out of the function or the webhook, so that a message is not handed out again while somebody may
 * still be working on it.
 */
function defaultAckDeadline({ function: fn, timeout }: SubscriptionProps): Duration {
  const timeoutSeconds = (fn instanceof Function ? fn.timeout : timeout)?.toSeconds() ?? 0;
  return Duration.seconds(Math.max(timeoutSeconds, SUBSCRIPTION_DEFAULTS.ackDeadlineSeconds));
}
