import { CustomResource, Resource, Stack } from "aws-cdk-lib";
import type { Grant, IGrantable } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import { Checks, checkId } from "./check.js";
import { topicPath } from "./grants.js";
import { declare, ownedBy } from "./owned.js";
import type { ISchedule, ITopic } from "./queue.js";
import { checkSchedule } from "./schedule-checks.js";
import type { ScheduleProps } from "./schedule-props.js";

/**
 * A message that is published to a topic again and again. It goes with its construct, whatever the topic's removal
 * policy: nobody would know of one that ran on.
 */
export class Schedule extends Resource implements ISchedule {
  readonly scheduleName: string;
  readonly topic: ITopic;

  constructor(scope: Construct, id: string, props: ScheduleProps) {
    checkId(scope, id, "scheduleName");
    super(scope, id);
    const { topic } = props;
    const { queue } = topic;
    this.topic = topic;
    this.scheduleName = new Checks(this).name("schedule", props.scheduleName ?? id);
    checkSchedule(this, props);
    declare(queue, { topic: topic.topicName, schedule: this.scheduleName }, this);
    const resource = new CustomResource(this, "Resource", {
      ...queue.provisioned("Custom::SluiceSchedule"),
      properties: {
        Topic: topic.topicName,
        Schedule: this.scheduleName,
        Settings: Stack.of(this).toJsonString(settingsOf(props)),
        ...ownedBy(this, queue, props.adopt),
      },
    });
    for (const first of [topic.resource, queue.provisioner]) if (first) resource.node.addDependency(first);
  }

  /** Allows `grantee` to look at this schedule over the API, and to run it now. */
  grantRun(grantee: IGrantable): Grant {
    const path = `${topicPath(this.topic.topicName)}/schedules/${this.scheduleName}`;
    return this.topic.queue.grantRequests(grantee, [
      ["GET", path],
      ["POST", `${path}/run`],
    ]);
  }
}

/** What the user named, and nothing else: the rest may be set over the API, and then stays. */
function settingsOf({ cron, timeZone, message, paused, description }: ScheduleProps): object {
  const { body, bodyBase64, contentType, key, tag, attributes, businessKey, expiresIn } = message;
  const expiresInSeconds = expiresIn?.toSeconds();
  const sent = { body, bodyBase64, contentType, key, tag, attributes, businessKey, expiresInSeconds };
  return { cron, timeZone, message: sent, paused, description };
}
