import { type Found, duration, wrong } from "../../domain/finding.js";
import { writtenAtMs } from "../../domain/outbox.js";
import type { Engine } from "../engine.js";

/** As much as one read brings. */
const WAITING = 1_000;
/** Of the topics that messages wait for. */
const TOPICS_AT_MOST = 10;

/** Messages in the outbox whose topic is not there. Those of topics that are there are told of with the topic. */
export async function outboxFindings(
  { outbox, topics, clock }: Engine,
  maxAgeMs: number,
): Promise<readonly Found[]> {
  const { items } = await outbox.scan({ limit: WAITING });
  const nowMs = clock.nowMs();
  const since = new Map<string, number>();
  for (const { shard, name } of items) {
    const atMs = writtenAtMs(name);
    if (nowMs - atMs > maxAgeMs) since.set(shard.topic, Math.min(atMs, since.get(shard.topic) ?? atMs));
  }
  const found = await Promise.all(
    [...since].slice(0, TOPICS_AT_MOST).map(async ([name, atMs]): Promise<readonly Found[]> => {
      if (await topics.get(name)) return [];
      const what = `messages wait in the outbox for topic ${name}, which is not there, for ${duration(nowMs - atMs)}`;
      const advice = `sluice topics create ${name}, or find out who publishes to it: sluice outbox ${name}`;
      return [wrong("outbox-without-topic", what, advice, atMs)];
    }),
  );
  return found.flat();
}
