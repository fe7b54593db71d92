import { Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { Ordering, Sluice } from "../../cdk/index.js";
import { type ExampleSettings, OF_AN_EXAMPLE } from "../example.js";
import { TOPIC } from "./server.js";

/** A topic of settings, in order for each of them. There are no subscriptions: each server keeps its own place. */
export class ConfigStack extends Stack {
  constructor(scope: Construct, id: string, props: ExampleSettings) {
    super(scope, id);
    const queue = new Sluice(this, "Queue", {
      ...props,
      ...OF_AN_EXAMPLE,
    });
    queue.addTopic(TOPIC, { ordering: Ordering.BY_KEY, partitions: 4 });
  }
}
