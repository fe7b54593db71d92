import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { Architecture } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { Sluice, type SluiceProps } from "../../cdk/index.js";
import { LEASE_SECONDS, SUBSCRIPTION, TOPIC } from "./names.js";

export type TasksProps = Pick<SluiceProps, "endpoint" | "auth" | "environment">;

/** Tasks that workers share: one subscription, from which each takes what it has room for. */
export class TasksStack extends Stack {
  constructor(scope: Construct, id: string, props: TasksProps) {
    super(scope, id);
    const queue = new Sluice(this, "Queue", {
      ...props,
      removalPolicy: RemovalPolicy.DESTROY,
      // The emulators cannot destroy a bucket that empties itself.
      emptyBucketOnDelete: false,
      architecture: Architecture.X86_64,
    });
    const options = { ackDeadline: Duration.seconds(LEASE_SECONDS), from: "earliest" } as const;
    queue.addTopic(TOPIC).addPullSubscription(SUBSCRIPTION, options);
  }
}
