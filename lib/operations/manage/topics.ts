import { Contended, Fixed, TopicJustDeleted, TopicNotEmpty, TopicNotFound } from "../../domain/errors.js";
import type { Page, PageRequest } from "../../domain/ports/topic-store.js";
import { TOPIC_DEFAULTS, type Topic, type TopicSettings, deliveryIsPaused } from "../../domain/topic.js";
import { TOPIC_CACHE_MS } from "../lookup.js";
import type { Instance } from "../engine.js";
import { wakeUpAll } from "../push/wake.js";

const CHANGE_ATTEMPTS = 8;
const UID_LENGTH = 10;
/** Longer than any process caches a topic: nobody appends to the old life once there is a new one. */
const TOMBSTONE_MS = 3 * TOPIC_CACHE_MS;

export type Put<T> = { readonly created: boolean; readonly value: T };

/**
 * Makes a topic, or changes it to these settings. What is left out gets its default.
 * @throws {Fixed} {TopicJustDeleted}
 */
export async function putTopic(
  instance: Instance,
  name: string,
  settings: Partial<TopicSettings>,
): Promise<Put<Topic>> {
  const { topics, clock, random } = instance;
  const nowMs = clock.nowMs();
  const wanted: TopicSettings = { ...TOPIC_DEFAULTS, ...settings };
  const uid = random.nonce().slice(0, UID_LENGTH);
  const topic: Topic = { name, uid, ...wanted, createdAtMs: nowMs, updatedAtMs: nowMs, version: 1 };
  const made = await topics.create(topic);
  if (made.kind === "created") return { created: true, value: topic };
  if (made.kind === "just-deleted") throw new TopicJustDeleted(name, made.untilMs - nowMs);
  return { created: false, value: await changeTopic(instance, name, wanted) };
}

/** @throws {TopicNotFound} */
export async function getTopic({ topics }: Instance, name: string): Promise<Topic> {
  const topic = await topics.get(name);
  if (!topic) throw new TopicNotFound(name);
  return topic;
}

export const listTopics = async ({ topics }: Instance, page: PageRequest): Promise<Page<Topic>> =>
  await topics.list(page);

/**
 * Changes what is given and leaves the rest. What has waited for the end of a pause is delivered from now on.
 * @throws {TopicNotFound} {Fixed} {Contended}
 */
export async function changeTopic(
  instance: Instance,
  name: string,
  change: Partial<TopicSettings>,
): Promise<Topic> {
  for (let attempt = 1; attempt <= CHANGE_ATTEMPTS; attempt++) {
    const topic = await getTopic(instance, name);
    checkFixed(topic, change);
    const next: Topic = { ...topic, ...change };
    if (isSame(topic, next)) return topic;
    const changed = { ...next, updatedAtMs: instance.clock.nowMs(), version: topic.version + 1 };
    if ((await instance.topics.update(changed)) === "updated") {
      instance.local.topics.delete(name);
      if (deliveryIsPaused(topic) && !deliveryIsPaused(changed)) await wakeUpAll(instance, changed);
      return changed;
    }
  }
  throw new Contended(`changing topic "${name}"`);
}

const isSame = (a: Topic, b: Topic): boolean =>
  (Object.keys(TOPIC_DEFAULTS) as (keyof TopicSettings)[]).every((setting) => a[setting] === b[setting]);

function checkFixed(topic: Topic, change: Partial<TopicSettings>): void {
  const { ordering = topic.ordering, partitions = topic.partitions } = change;
  if (ordering !== topic.ordering) {
    throw new Fixed([
      { path: "ordering", detail: `is fixed once the topic is made: it is "${topic.ordering}"` },
    ]);
  }
  if (topic.ordering === "key" && partitions !== topic.partitions) {
    const detail = `is fixed where ordering is "key", since a key names its partition: it is ${topic.partitions}`;
    throw new Fixed([{ path: "partitions", detail }]);
  }
  if (partitions < topic.partitions) {
    throw new Fixed([{ path: "partitions", detail: `can only grow: it is ${topic.partitions}` }]);
  }
}

/** @throws {TopicNotFound} {TopicNotEmpty} while it has subscriptions. */
export async function deleteTopic(instance: Instance, name: string): Promise<void> {
  const topic = await getTopic(instance, name);
  const outcome = await instance.topics.delete(topic, instance.clock.nowMs() + TOMBSTONE_MS);
  instance.local.topics.delete(name);
  if (outcome === "has-subscriptions") throw new TopicNotEmpty(name);
}
