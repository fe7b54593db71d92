import { RemovalPolicy, Stack } from "aws-cdk-lib";
import { Architecture } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { Ordering, Sluice, type SluiceProps } from "../../cdk/index.js";
import { TOPIC } from "./server.js";

export type ConfigProps = Pick<SluiceProps, "endpoint" | "auth" | "environment">;

/** A topic of settings, in order for each of them. There are no subscriptions: each server keeps its own place. */
export class ConfigStack extends Stack {
  constructor(scope: Construct, id: string, props: ConfigProps) {
    super(scope, id);
    const queue = new Sluice(this, "Queue", {
      ...props,
      removalPolicy: RemovalPolicy.DESTROY,
      // The emulators cannot destroy a bucket that empties itself.
      emptyBucketOnDelete: false,
      architecture: Architecture.X86_64,
    });
    queue.addTopic(TOPIC, { ordering: Ordering.BY_KEY, partitions: 4 });
  }
}
