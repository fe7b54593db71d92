import { Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { checkSchema } from "./body-schema.js";
import { Checks } from "./check.js";
import type { ISluice } from "./queue.js";
import { outOfReach } from "./reach.js";
import { Ordering, type TopicOptions, TraceLevel } from "./topic-options.js";

/** A topic that is made on its own. */
export interface TopicProps extends TopicOptions {
  readonly queue: ISluice;
}

/** Checks at synthesis what the API would refuse in the middle of a deployment. @throws {Error} */
export function checkTopic(topic: Construct, name: string, props: TopicProps): string {
  const checks = new Checks(topic);
  checks.name("topic", name);
  checks.oneOf("ordering", props.ordering, Object.values(Ordering));
  checks.within("partitions", props.partitions, 1, 256);
  checks.seconds("retention", props.retention, 3_600, 31_536_000);
  checks.seconds("dedupWindow", props.dedupWindow, 0, 604_800);
  checks.oneOf("paused", props.paused, ["none", "publish", "delivery", "all"]);
  checks.oneOf("trace", props.trace, Object.values(TraceLevel));
  checks.text("description", props.description, 1_000);
  checks.flag("adopt", props.adopt);
  checkSchema(checks, props.schema);
  const problem = outOfReach(Stack.of(topic), props.queue);
  if (problem !== undefined) checks.refuse(`the topic's stack ${problem}: both have to be the same`);
  return name;
}
