import type { CustomResource, RemovalPolicy } from "aws-cdk-lib";
import type { Grant, IGrantable } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { OUTBOX_SHARDS, outboxShardKey } from "../lib/domain/outbox.js";
import {
  CONSUME,
  DEAD_LETTERS,
  LOOK,
  MESSAGES,
  PUT_WITH_KEY,
  SEEK,
  WRITTEN_IN_A_TRANSACTION,
  bodiesPath,
  grantByPolicy,
  grantOn,
  topicPath,
} from "./grants.js";
import { MeasuredLog, type Measures } from "./measured.js";
import type { ISluice, ITopic } from "./queue.js";
import { Schedule } from "./schedule.js";
import type { ScheduleOptions } from "./schedule-options.js";
import type {
  LambdaSubscriptionProps,
  PullSubscriptionProps,
  WebhookSubscriptionProps,
} from "./subscription-options.js";
import { Subscription } from "./subscription.js";

/** What can be done with a topic, whether it is made here or elsewhere. */
export abstract class TopicBase extends MeasuredLog implements ITopic {
  abstract readonly topicName: string;
  abstract readonly queue: ISluice;
  abstract readonly removalPolicy: RemovalPolicy;
  abstract readonly ordering: string | undefined;
  abstract readonly schema: Readonly<Record<string, unknown>> | undefined;
  abstract readonly resource: CustomResource | undefined;

  protected get measures(): Measures {
    return { queue: this.queue, topic: this.topicName };
  }

  /** Delivers to `fn` in the form of an SQS trigger. */
  subscribe(id: string, fn: IFunction, props: LambdaSubscriptionProps = {}): Subscription {
    return new Subscription(this, id, { ...props, topic: this, function: fn });
  }

  /**
   * Posts to an HTTPS endpoint, signed with `secret`, a secret of Secrets Manager. Without it, Sluice makes one, which
   * no template and no output has: once it is deployed, `sluice webhooks rotate-secret` answers it. Headers are set
   * over the API, and stay when the stack changes.
   */
  addWebhook(id: string, url: string, props: WebhookSubscriptionProps = {}): Subscription {
    return new Subscription(this, id, { ...props, topic: this, url });
  }

  /** Adds a subscription whose consumers receive over the API. */
  addPullSubscription(id: string, props: PullSubscriptionProps = {}): Subscription {
    return new Subscription(this, id, { ...props, topic: this });
  }

  /** Publishes a message again and again, at the times of a cron expression in a time zone. */
  addSchedule(id: string, options: ScheduleOptions): Schedule {
    return new Schedule(this, id, { ...options, topic: this });
  }

  /** Allows `grantee` to publish over the API, to this topic only. */
  grantPublish(grantee: IGrantable): Grant {
    const messages = `${topicPath(this.topicName)}/messages`;
    return this.queue.grantRequests(grantee, [
      ["POST", messages],
      ["POST", `${messages}/raw`],
      ["POST", `${topicPath(this.topicName)}/uploads`],
    ]);
  }

  /**
   * Allows `grantee` to put messages to this topic, and no other, into the outbox, in transactions of its own. The
   * table's name, which `outboxItem` takes, is `outboxTableName`.
   * @throws {Error} where its own policy cannot allow it: that of another account, or one that the app cannot change
   */
  grantOutbox(grantee: IGrantable): Grant {
    const { outboxTable } = this.queue;
    outboxTable.encryptionKey?.grant(grantee, ...PUT_WITH_KEY);
    const keys = Array.from({ length: OUTBOX_SHARDS }, (_, shard) =>
      outboxShardKey({ topic: this.topicName, shard }),
    );
    const conditions = {
      "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": keys },
      // A request without keys would satisfy the list.
      Null: { "dynamodb:LeadingKeys": "false" },
    };
    return grantByPolicy(
      this,
      { grantee, actions: ["dynamodb:PutItem"], resourceArns: [outboxTable.tableArn], conditions },
      WRITTEN_IN_A_TRANSACTION,
    );
  }

  /** The name of the queue's outbox table. */
  get outboxTableName(): string {
    return this.queue.outboxTable.tableName;
  }

  /** Allows `grantee` to list what waits in this topic's outbox over the API. This is for operators. */
  grantReadOutbox(grantee: IGrantable): Grant {
    return this.queue.grantRequests(grantee, [["GET", `${topicPath(this.topicName)}/outbox`]]);
  }

  /**
   * Allows `grantee` to list this topic's delayed messages over the API, and to cancel them. To publish with a delay
   * takes no more than `grantPublish`.
   */
  grantSchedule(grantee: IGrantable): Grant {
    return this.queue.grantRequests(grantee, [
      ["GET", `${topicPath(this.topicName)}/scheduled`],
      // An id begins with its topic's name, which has no dot.
      ["DELETE", `/v1/messages/${this.topicName}.*`],
    ]);
  }

  /**
   * Allows `grantee` to make, change, pause, run and delete this topic's schedules over the API. Whoever may has them
   * publish anything to the topic.
   */
  grantManageSchedules(grantee: IGrantable): Grant {
    const path = `${topicPath(this.topicName)}/schedules`;
    return this.queue.grantRequests(grantee, [
      ["GET", path],
      ["*", `${path}/*`],
    ]);
  }

  /**
   * Allows `grantee` to read this topic's messages over the API without a subscription, and nothing else: it changes
   * nothing that consumers see.
   */
  grantRead(grantee: IGrantable): Grant {
    return this.queue.grantRequests(grantee, [
      ["GET", `${topicPath(this.topicName)}/messages`],
      ["GET", bodiesPath(this.topicName)],
    ]);
  }

  /**
   * Allows `grantee` to look up this topic's messages over the API by their ids, delayed ones and dead letters as
   * well, and to trace each through all subscriptions. This is for operators.
   */
  grantLookUp(grantee: IGrantable): Grant {
    // An id begins with its topic's name, which has no dot. `*` matches the slash before "trace", too.
    return this.queue.grantRequests(grantee, [["GET", `/v1/messages/${this.topicName}.*`]]);
  }

  /**
   * Allows `grantee` to erase this topic's messages over the API: to take their contents out for good, for everybody.
   * This is for operators.
   */
  grantErase(grantee: IGrantable): Grant {
    return this.queue.grantRequests(grantee, [["POST", `/v1/messages/${this.topicName}.*/erase`]]);
  }

  /**
   * Allows `grantee` to receive and settle over the API: on the subscription of that name, or with "*" on each that
   * the app declares.
   */
  grantConsume(grantee: IGrantable, subscriptionName: string): Grant {
    return grantOn(this, grantee, subscriptionName, CONSUME);
  }

  /**
   * Allows `grantee` to replay and skip over the API, as a whole or by a job, on the subscription of that name, or with
   * "*" on each that the app declares. This is for operators: consumers do not need it.
   */
  grantSeek(grantee: IGrantable, subscriptionName: string): Grant {
    return grantOn(this, grantee, subscriptionName, SEEK);
  }

  /**
   * Allows `grantee` to look at settings and state over the API, but not at messages: of this topic and its schedules,
   * and of the subscription of that name, or with "*" of each that the app declares.
   */
  grantLook(grantee: IGrantable, subscriptionName: string): Grant {
    const path = topicPath(this.topicName);
    const own = this.queue.grantRequests(grantee, [
      ["GET", path],
      ["GET", `${path}/subscriptions`],
      ["GET", `${path}/schedules`],
    ]);
    return own.combine(grantOn(this, grantee, subscriptionName, LOOK));
  }

  /**
   * Allows `grantee` to ask over the API what is wrong with this topic and all of its subscriptions: what waits, since
   * when, and what targets and the schema said, but no messages. It tells of the queue's clock as well. This is for
   * operators.
   */
  grantDoctor(grantee: IGrantable): Grant {
    return this.queue.grantRequests(grantee, [["GET", `${topicPath(this.topicName)}/doctor`]]);
  }

  /**
   * Allows `grantee` to change settings of this topic over the API: a pause is one, and so is the retention. This is
   * for operators.
   */
  grantConfigure(grantee: IGrantable): Grant {
    return this.queue.grantRequests(grantee, [["PATCH", topicPath(this.topicName)]]);
  }

  /**
   * Allows `grantee` to look at, send again and delete dead letters over the API, on the subscription of that name, or
   * with "*" on each that the app declares. This is for operators: consumers do not need it.
   */
  grantDeadLetters(grantee: IGrantable, subscriptionName: string): Grant {
    return grantOn(this, grantee, subscriptionName, DEAD_LETTERS);
  }

  /**
   * Allows `grantee` to look at messages that have not ended, and to end them, send them again or make them dead
   * letters over the API, on the subscription of that name, or with "*" on each that the app declares. This is for
   * operators: consumers do not need it.
   */
  grantMessages(grantee: IGrantable, subscriptionName: string): Grant {
    return grantOn(this, grantee, subscriptionName, MESSAGES);
  }

  /**
   * Allows `grantee` every request on this topic and all of its subscriptions and schedules, also those that are made
   * over the API: to read and delete messages, to change, make and delete subscriptions and schedules, and to delete
   * the topic.
   */
  grantManage(grantee: IGrantable): Grant {
    const path = topicPath(this.topicName);
    return this.queue.grantRequests(grantee, [
      ["*", path],
      ["*", `${path}/*`],
      ["*", `/v1/messages/${this.topicName}.*`],
    ]);
  }
}
