import { CustomResource, type RemovalPolicy, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { Checks, checkId } from "./check.js";
import { declare, kept, ownedBy } from "./owned.js";
import type { ISluice, ITopic } from "./queue.js";
import { TopicBase } from "./topic-base.js";
import { Ordering } from "./topic-options.js";
import { type TopicProps, checkTopic } from "./topic-props.js";

/** A topic that is made elsewhere. */
export interface TopicAttributes {
  readonly queue: ISluice;
  readonly topicName: string;
  /**
   * Its ordering, for the checks of subscriptions as the app is synthesized.
   * @default - not known: the deployment checks
   */
  readonly ordering?: Ordering;
}

/** A named log of messages. The stack creates and changes it by the same operations as the API. */
export class Topic extends TopicBase {
  readonly topicName: string;
  readonly queue: ISluice;
  /** Subscriptions and schedules depend on it: they are created after it and deleted before it. */
  readonly resource: CustomResource;
  readonly removalPolicy: RemovalPolicy;
  readonly ordering: Ordering;
  readonly schema: Readonly<Record<string, unknown>> | undefined;

  /**
   * A topic that is made elsewhere: by another app, or over the API. Nothing of it is changed; it can be granted and
   * subscribed to.
   */
  static fromName(scope: Construct, id: string, props: TopicAttributes): ITopic {
    return new ImportedTopic(scope, id, props);
  }

  constructor(scope: Construct, id: string, props: TopicProps) {
    checkId(scope, id, "topicName");
    super(scope, id);
    this.queue = props.queue;
    this.topicName = checkTopic(this, props.topicName ?? id, props);
    this.ordering = props.ordering ?? Ordering.NONE;
    this.schema = props.schema;
    this.removalPolicy = props.removalPolicy ?? props.queue.removalPolicy;
    declare(props.queue, { topic: this.topicName }, this);
    const settings = {
      ordering: props.ordering,
      partitions: props.partitions,
      retentionSeconds: props.retention?.toSeconds(),
      dedupWindowSeconds: props.dedupWindow?.toSeconds(),
      paused: props.paused,
      description: props.description,
      trace: props.trace,
      schema: props.schema,
    };
    this.resource = new CustomResource(this, "Resource", {
      ...props.queue.provisioned("Custom::SluiceTopic"),
      removalPolicy: kept(this.removalPolicy),
      properties: {
        Topic: this.topicName,
        Settings: Stack.of(this).toJsonString(settings),
        ...ownedBy(this, props.queue, props.adopt),
      },
    });
    if (props.queue.provisioner) this.resource.node.addDependency(props.queue.provisioner);
  }
}

class ImportedTopic extends TopicBase {
  readonly topicName: string;
  readonly queue: ISluice;
  readonly ordering: Ordering | undefined;
  readonly removalPolicy: RemovalPolicy;
  readonly schema = undefined;
  readonly resource = undefined;

  constructor(scope: Construct, id: string, { queue, topicName, ordering }: TopicAttributes) {
    super(scope, id);
    const checks = new Checks(this);
    this.queue = queue;
    this.topicName = checks.name("topic", topicName);
    checks.oneOf("ordering", ordering, Object.values(Ordering));
    this.ordering = ordering;
    this.removalPolicy = queue.removalPolicy;
  }
}
