import { Duration, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { Sluice } from "../../cdk/index.js";
import { type ExampleSettings, OF_AN_EXAMPLE } from "../example.js";
import { LEASE_SECONDS, SUBSCRIPTION, TOPIC } from "./names.js";

/** Tasks that workers share: one subscription, from which each takes what it has room for. */
export class TasksStack extends Stack {
  constructor(scope: Construct, id: string, props: ExampleSettings) {
    super(scope, id);
    const queue = new Sluice(this, "Queue", {
      ...props,
      ...OF_AN_EXAMPLE,
    });
    const options = { ackDeadline: Duration.seconds(LEASE_SECONDS), from: "earliest" } as const;
    queue.addTopic(TOPIC).addPullSubscription(SUBSCRIPTION, options);
  }
}
