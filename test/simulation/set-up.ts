import { putSubscription } from "../../lib/operations/manage/subscriptions.js";
import { putTopic } from "../../lib/operations/manage/topics.js";
import { wake } from "../../lib/operations/manage/wake.js";
import { untilDone } from "./actors/change.js";
import type { Functions } from "./actors/functions.js";
import { BESIDE_TOPIC } from "./atomic-plan.js";
import type { Deployment } from "./deployment.js";
import { type Plan, settingsOf } from "./plan.js";

/** Makes what the plan has, or makes it what the plan says again. */
export async function setUp(
  deployment: Deployment,
  functions: Functions,
  { topic, atomic = [] }: Plan,
): Promise<void> {
  const { name, subscriptions } = topic;
  if (atomic.length > 0)
    await untilDone(deployment, functions, "make the topic beside it", (engine) =>
      putTopic(engine, BESIDE_TOPIC, { partitions: 2, retentionSeconds: topic.retentionSeconds }),
    );
  await untilDone(deployment, functions, "make the topic", (engine) =>
    putTopic(engine, name, settingsOf(topic)),
  );
  for (const { name: subscription, settings, from } of subscriptions) {
    await untilDone(deployment, functions, `make ${subscription}`, (engine) =>
      putSubscription(engine, name, subscription, { ...settings, from }),
    );
  }
}

/** An operator enables what was disabled. */
export async function enableAll(deployment: Deployment, functions: Functions): Promise<void> {
  const { monitor } = deployment;
  for (const { subscription } of monitor.live()) {
    if (!monitor.gone.isDisabled(subscription)) continue;
    const { topic, name } = subscription;
    await untilDone(deployment, functions, `wake ${name}`, (engine) => wake(engine, topic.name, name));
  }
}
