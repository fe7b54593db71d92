import type { Subscription } from "../../domain/subscription.js";
import type { Topic } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { everySubscription } from "../lookup.js";
import { type LaneRef, isPushable, laneName } from "../../domain/lane.js";

/**
 * Starts the subscription's first pump, if it is not running and wanted. That pump starts others when it has more than
 * it can deliver itself. A pump found running will look at the log again before it ends.
 */
export async function startIdlePump(
  engine: Engine,
  subscription: Subscription,
  isWanted: () => Promise<boolean> = () => Promise.resolve(true),
  lane = 0,
): Promise<void> {
  const { locks, starter, clock } = engine;
  const { topic, name, uid } = subscription;
  const ref: LaneRef = { subscription: { topic: { name: topic.name, uid: topic.uid }, name, uid }, lane };
  const heldUntilMs = await locks.heldUntilMs(laneName(ref));
  const isIdle = heldUntilMs === undefined || heldUntilMs <= clock.nowMs();
  if (isIdle && (await isWanted())) await starter.startPump(ref);
}

/**
 * Every push subscription that may be delivered to now. Reads the list each time, because a cached one may be out of
 * date.
 */
export async function pushSubscriptions(engine: Engine, topic: Topic): Promise<readonly Subscription[]> {
  const found: Subscription[] = [];
  for await (const subscriptions of everySubscription(engine, topic))
    found.push(...subscriptions.filter((subscription) => isPushable({ topic, subscription })));
  return found;
}

/**
 * Starts the pump of a subscription after a change that gave it something to deliver. The change stands even if it does
 * not start: then the sweep makes up for it.
 */
export async function wakeUp(engine: Engine, subscription: Subscription): Promise<void> {
  if (subscription.target.type === "pull" || subscription.paused) return;
  await asFarAsPossible(engine, fieldsOf(subscription), async () => {
    // A cached topic may still be paused, if its own pause ended a moment ago.
    const topic = await engine.topics.get(subscription.topic.name);
    if (topic?.uid === subscription.topic.uid && isPushable({ topic, subscription }))
      await startIdlePump(engine, subscription);
  });
}

/** Like `wakeUp`, for all subscriptions of a topic. */
export async function wakeUpAll(engine: Engine, topic: Topic): Promise<void> {
  await asFarAsPossible(engine, { topic: topic.name }, async () => {
    const pushed = await pushSubscriptions(engine, topic);
    await Promise.all(
      pushed.map((subscription) =>
        asFarAsPossible(engine, fieldsOf(subscription), () => startIdlePump(engine, subscription)),
      ),
    );
  });
}

const fieldsOf = ({ topic, name }: Subscription) => ({ topic: topic.name, subscription: name });

async function asFarAsPossible(
  { telemetry }: Engine,
  fields: Readonly<Record<string, string>>,
  start: () => Promise<void>,
): Promise<void> {
  try {
    await start();
  } catch (error) {
    telemetry.event("wake-up-failed", "warn", { ...fields, error: String(error) });
  }
}
