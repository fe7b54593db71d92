import { type LaneRef, isPushable, laneCount } from "../../domain/lane.js";
import type { Reader } from "../../domain/reader.js";
import type { Engine } from "../engine.js";
import { noteFilter } from "../filter-in-force.js";
import { noteErasure } from "../lookup.js";

/** What a lane's pump delivers now, as it is stored; undefined if there is nothing for it. */
export async function readerOfLane(engine: Engine, ref: LaneRef): Promise<Reader | undefined> {
  const { topics, subscriptions } = engine;
  const { topic: topicRef, name } = ref.subscription;
  const readAtMs = engine.clock.nowMs();
  const [topic, subscription] = await Promise.all([
    topics.get(topicRef.name),
    subscriptions.get(topicRef, name),
  ]);
  if (topic) noteErasure(engine, topic);
  if (subscription) noteFilter(engine, subscription, readAtMs);
  return topic && subscription ? ofLane(engine, ref, { topic, subscription }) : undefined;
}

/** undefined if there is nothing for this lane: its subscription is gone, paused, or has fewer lanes. */
export function ofLane(
  { settings }: Pick<Engine, "settings">,
  { subscription: ref, lane }: LaneRef,
  { topic, subscription }: Reader,
): Reader | undefined {
  const reader = { topic, subscription };
  if (topic.uid !== ref.topic.uid || subscription.uid !== ref.uid || !isPushable(reader)) return undefined;
  return lane < laneCount(reader, settings.laneWidth) ? reader : undefined;
}

/** For a probe: one message, that waits for no others. */
export const probing = ({ topic, subscription }: Reader): Reader => ({
  topic,
  fullBatch: subscription.batch.maxMessages,
  subscription: {
    ...subscription,
    batch: { ...subscription.batch, maxMessages: 1, windowSeconds: 0 },
  },
});
