import type { Reader } from "../../domain/reader.js";
import type { Topic } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { hasWork } from "../push/has-work.js";
import { pushSubscriptions, startIdlePumps } from "../push/start-pumps.js";

/**
 * Looks after a topic's push subscriptions: a doorbell that never rang and a pump that died cost no more than until
 * here. One topic or subscription that fails keeps no other from its turn.
 */
export async function sweepTopic(engine: Engine, topic: Topic): Promise<void> {
  try {
    const pushed = await pushSubscriptions(engine, topic);
    await Promise.all(pushed.map((subscription) => sweepSubscription(engine, { topic, subscription })));
  } catch (error) {
    engine.telemetry.event("sweep-failed", "error", { topic: topic.name, error: String(error) });
  }
}

async function sweepSubscription(engine: Engine, { topic, subscription }: Reader): Promise<void> {
  try {
    if (await hasWork(engine, { topic, subscription }, () => true))
      await startIdlePumps(engine, subscription);
  } catch (error) {
    const names = { topic: topic.name, subscription: subscription.name };
    engine.telemetry.event("sweep-failed", "error", { ...names, error: String(error) });
  }
}
