import { AHEAD_OF_NEWS_MS } from "../../domain/mark.js";
import type { TopicRef } from "../../domain/topic.js";
import type { Engine } from "../engine.js";

/**
 * Marks a topic before there is news: a message after a cold tail, or a change of settings. A mark that this process
 * set a moment ago is enough.
 */
export async function announce(engine: Engine, topic: TopicRef): Promise<void> {
  if (!isAnnounced(engine, topic)) await setMark(engine, topic);
}

/** Marks the topic and makes the news; marks it again if that took so long that the first mark may be gone. */
export async function announced<T>(engine: Engine, topic: TopicRef, makeNews: () => Promise<T>): Promise<T> {
  await announce(engine, topic);
  const made = await makeNews();
  await announce(engine, topic);
  return made;
}

export async function setMark({ marks, caches, clock, random }: Engine, topic: TopicRef): Promise<void> {
  const nowMs = clock.nowMs();
  await marks.set({ topic: { name: topic.name, uid: topic.uid }, version: random.nonce(), setAtMs: nowMs });
  caches.marked.set(topic.uid, nowMs);
}

/** A clock that was set back must not make a mark look fresher. */
function isAnnounced({ caches, clock }: Engine, { uid }: TopicRef): boolean {
  const markedAtMs = caches.marked.get(uid);
  const nowMs = clock.nowMs();
  return markedAtMs !== undefined && nowMs >= markedAtMs && nowMs - markedAtMs < AHEAD_OF_NEWS_MS;
}
