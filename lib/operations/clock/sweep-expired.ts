import { laneName } from "../../domain/lane.js";
import type { Mark } from "../../domain/mark.js";
import type { Reader } from "../../domain/reader.js";
import type { Subscription } from "../../domain/subscription.js";
import { passExpired } from "../consume/pass-expired.js";
import type { Engine } from "../engine.js";
import { everySubscription } from "../lookup.js";
import { orTell } from "./or-tell.js";

const ROUND = { round: "expired" };

/**
 * Has counted what expired unread in front of a topic's subscriptions, of those that pull too: where nobody consumes,
 * nobody else would tell. A topic with anything unread has a mark. One that fails keeps no other from its turn.
 */
export async function sweepExpired(engine: Engine, { topic: ref }: Mark): Promise<void> {
  await orTell(engine, { ...ROUND, topic: ref.name }, async () => {
    const topic = await engine.topics.get(ref.name);
    if (topic?.uid !== ref.uid) return;
    for await (const subscriptions of everySubscription(engine, topic))
      for (const subscription of subscriptions) await countOf(engine, { topic, subscription });
  });
}

async function countOf(engine: Engine, reader: Reader): Promise<void> {
  const { topic, subscription } = reader;
  await orTell(engine, { ...ROUND, topic: topic.name, subscription: subscription.name }, async () => {
    if (!(await isPumped(engine, subscription))) await passExpired(engine, reader);
  });
}

/**
 * A pump that owns its heads counts by itself. If another process moved those heads, the pump would lose track of what
 * it has delivered.
 */
async function isPumped({ locks, clock }: Engine, subscription: Subscription): Promise<boolean> {
  if (subscription.target.type === "pull") return false;
  const heldUntilMs = await locks.heldUntilMs(laneName({ subscription, lane: 0 }));
  return heldUntilMs !== undefined && heldUntilMs > clock.nowMs();
}
