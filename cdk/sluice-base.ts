import { Duration, type RemovalPolicy } from "aws-cdk-lib";
import type { Grant, IGrantable, IRole } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import type { MetricDetail } from "../lib/domain/metrics.js";
import type { TargetPolicy } from "../lib/domain/webhook/target-policy.js";
import { type Requests, checkRequests } from "./grants.js";
import { MeasuredLog, type Measures } from "./measured.js";
import type { ISluice, OutboxTable, Provisioned } from "./queue.js";
import type { TopicOptions } from "./topic-options.js";
import { Topic } from "./topic.js";

/** Longer than the provisioning function's own time-out. */
const SERVICE_TIMEOUT = Duration.minutes(8);

/** What can be done with a queue, whether it is made here or elsewhere. */
export abstract class SluiceBase extends MeasuredLog implements ISluice {
  protected readonly measures: Measures = { queue: this };
  abstract readonly queueName: string;
  abstract readonly metrics: MetricDetail;
  abstract readonly apiUrl: string;
  abstract readonly removalPolicy: RemovalPolicy;
  abstract readonly pumpRole: IRole;
  abstract readonly signingRoles: readonly IRole[];
  abstract readonly targetPolicy: TargetPolicy;
  abstract readonly provisioner: Construct | undefined;
  abstract readonly outboxTable: OutboxTable;
  abstract readonly appKey: string;
  /** The function that serves the custom resources of topics and subscriptions. */
  protected abstract readonly serviceToken: string;

  /** Adds a topic. Its name is its id unless `topicName` is given. */
  addTopic(id: string, options: TopicOptions = {}): Topic {
    return new Topic(this, id, { ...options, queue: this });
  }

  /**
   * Allows `grantee` to send exactly these requests, given as `[method, path]`. `*` stands for any characters, slashes
   * included.
   * @throws {Error} where that cannot work: a principal of another account needs a REST API, and the app that has it
   */
  grantRequests(grantee: IGrantable, requests: Requests): Grant {
    checkRequests(this, requests);
    return this.allow(grantee, requests);
  }

  protected abstract allow(grantee: IGrantable, requests: Requests): Grant;

  /**
   * Allows `grantee` to publish over the API to several topics in one request, all or nothing too. It is for all
   * topics, those of other stacks and of later included: a policy sees the path, and the topics are in the body.
   * `grantPublish` of a topic does not allow such requests.
   */
  grantPublishToTopics(grantee: IGrantable): Grant {
    return this.grantRequests(grantee, [["POST", "/v1/publish"]]);
  }

  /**
   * Allows `grantee` to ask over the API what is wrong, with the queue and with each of its topics and subscriptions:
   * what waits, since when, and what targets and schemas said, but no messages. This is for operators.
   */
  grantDoctor(grantee: IGrantable): Grant {
    return this.grantRequests(grantee, [["GET", "/v1/doctor"]]);
  }

  /** Allows `grantee` every request: all topics and subscriptions, messages included. For operators of the queue. */
  grantManage(grantee: IGrantable): Grant {
    return this.grantRequests(grantee, [["*", "/v1/*"]]);
  }

  /** The custom resource settings that all topics and subscriptions share. */
  provisioned(resourceType: string): Provisioned {
    return { serviceToken: this.serviceToken, resourceType, serviceTimeout: SERVICE_TIMEOUT };
  }
}
