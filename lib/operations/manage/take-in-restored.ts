import { PARTITIONS_AT_MOST, type Topic } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { setMark } from "../log/announce.js";

/** Of one topic; enough for thousands of topics in a few minutes. */
const PARTITIONS_AT_ONCE = 32;
const TOPICS_AT_ONCE = 4;

/** What was taken in, and whether that is all. */
export interface TakenIn {
  readonly topics: number;
  /** Those that hold messages. */
  readonly partitions: number;
  readonly isAll: boolean;
  /** What could not be looked at, and why: a topic, or a partition as `orders#3`. */
  readonly failed: readonly string[];
}

/**
 * Makes known what a log holds that was restored beside a state of another instant. In an older state, partitions that
 * came into use later have no anchor, so no consumer would look there, and topics that were idle have no mark, so
 * nobody would look after them. Reads the tail of each partition that a topic can have, so it is for the day of a
 * restore. What cannot be read holds up no other. It may be done again, and by several at once. Needs `restoredAtMs` in
 * the settings (docs/restore.md).
 */
export async function takeInRestored(engine: Engine, deadlineMs: number): Promise<TakenIn> {
  let [topics, partitions] = [0, 0];
  const failed: string[] = [];
  let cursor: string | undefined;
  do {
    if (engine.clock.nowMs() > deadlineMs) return { topics, partitions, isAll: false, failed };
    const page = await engine.topics.list({ limit: TOPICS_AT_ONCE, ...(cursor ? { cursor } : {}) });
    const inUse = await Promise.all(page.items.map((topic) => takeInTopic(engine, topic, failed)));
    topics += page.items.length;
    partitions += inUse.reduce((sum, one) => sum + one, 0);
    cursor = page.nextCursor;
  } while (cursor);
  return { topics, partitions, isAll: true, failed };
}

/** Returns the number of partitions in use, and adds to `failed`. */
async function takeInTopic(engine: Engine, topic: Topic, failed: string[]): Promise<number> {
  const tried = async <T>(what: string, attempt: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await attempt();
    } catch (error) {
      failed.push(`${what} (${error instanceof Error ? error.message : String(error)})`);
      return undefined;
    }
  };
  let inUse = 0;
  // Also those beyond the topic's own number: the state may be from before they were raised.
  for (let first = 0; first < PARTITIONS_AT_MOST; first += PARTITIONS_AT_ONCE) {
    const some = Array.from({ length: PARTITIONS_AT_ONCE }, (_, index) => first + index);
    const found = await Promise.all(
      some.map((partition) =>
        tried(`${topic.name}#${partition}`, () => takeInPartition(engine, topic, partition)),
      ),
    );
    inUse += found.filter(Boolean).length;
  }
  await tried(topic.name, () => setMark(engine, topic));
  return inUse;
}

async function takeInPartition(engine: Engine, topic: Topic, partition: number): Promise<boolean> {
  const { log, clock, settings } = engine;
  const ref = { topic, partition };
  if ((await log.tail(ref)) === undefined) return false;
  const version = await log.anchorVersion(ref);
  // If another one is quicker, an append or this very request sent again, its version is as good.
  if (version < settings.restoredAtMs) await log.raise(ref, version, clock.nowMs());
  return true;
}
