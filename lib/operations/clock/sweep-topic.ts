import type { Reader } from "../../domain/reader.js";
import type { Topic } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { hasWork } from "../push/has-work.js";
import { pushSubscriptions, startIdlePumps } from "../push/start-pumps.js";

/**
 * Starts the pumps of push subscriptions that have work: a lost doorbell or a dead pump delays messages only until the
 * next sweep. A topic or subscription that fails does not cost the others their turn.
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
