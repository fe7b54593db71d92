import { isDeepStrictEqual } from "node:util";
import {
  Conflict,
  SettingFixed,
  TopicJustDeleted,
  TopicNotEmpty,
  TopicNotFound,
} from "../../domain/errors.js";
import {
  TOPIC_DEFAULTS,
  type Topic,
  type TopicSettings,
  deliveryIsPaused,
  publishIsPaused,
} from "../../domain/topic.js";
import { TOPIC_CACHE_MS } from "../lookup.js";
import { publishWhatWaited } from "../delay/delayed-timer.js";
import { runWhatWaited } from "../schedule/after-pause.js";
import { announced } from "../log/announce.js";
import { type MayDelete, claimed, ownershipIn } from "./claims.js";
import type { Engine } from "../engine.js";
import { type Claim, unowned } from "../../domain/ownership.js";
import type { Page, PageRequest } from "../../domain/page.js";
import { wakeUpAll } from "../push/start-pumps.js";
import { checkSchema } from "./check-schema.js";
import type { Put } from "./put.js";

const CHANGE_ATTEMPTS = 8;
const UID_LENGTH = 10;
/** The longest API request: a publish that looked its topic up ends within this time. */
const REQUEST_MS = 30_000;
/** The most that two clocks differ, or that one clock is set back. */
const CLOCKS_APART_MS = 2 * 60_000;
/**
 * How long a deleted topic's name stays blocked, so that nobody appends to the old topic once there is a new one. A
 * publisher may know the old topic for as long as it caches a topic, plus one request, plus what its clock is set back
 * meanwhile. The block ends by another clock than the one that wrote it.
 */
export const TOMBSTONE_MS = TOPIC_CACHE_MS + REQUEST_MS + 2 * CLOCKS_APART_MS;

/** Settings to change; without a schema from then on: null. */
export type TopicChange = Partial<Omit<TopicSettings, "schema">> & { readonly schema?: string | null };

/**
 * Creates a topic, or changes it to these settings. Settings left out get their defaults. With `claim`, it belongs to
 * somebody from then on, and is only created: one that is there is a conflict.
 * @throws {InvalidRequest} {SettingFixed} {TopicJustDeleted} {Conflict}
 */
export async function putTopic(
  engine: Engine,
  name: string,
  settings: Partial<TopicSettings>,
  claim?: Claim,
): Promise<Put<Topic>> {
  const { topics, clock, random } = engine;
  if (settings.schema !== undefined) await checkSchema(engine, settings.schema);
  const nowMs = clock.nowMs();
  const wanted: TopicSettings = { ...TOPIC_DEFAULTS, ...settings };
  const uid = random.nonce().slice(0, UID_LENGTH);
  const topic: Topic = {
    ...{ name, uid, ...wanted, createdAtMs: nowMs, updatedAtMs: nowMs, version: 1 },
    ...claimed(claim, undefined, ""),
  };
  const made = await topics.create(topic);
  if (made.kind === "created") return { created: true, value: topic };
  if (claim && made.kind === "exists") throw new Conflict(`creating topic "${name}"`);
  if (made.kind === "just-deleted") throw new TopicJustDeleted(name, made.untilMs - nowMs);
  return { created: false, value: await change(engine, name, { schema: null, ...wanted }) };
}

/** @throws {TopicNotFound} */
export async function getTopic({ topics }: Engine, name: string): Promise<Topic> {
  const topic = await topics.get(name);
  if (!topic) throw new TopicNotFound(name);
  return topic;
}

export const listTopics = async ({ topics }: Engine, page: PageRequest): Promise<Page<Topic>> =>
  await topics.list(page);

/**
 * Changes the given settings and leaves the others. If this ends a pause, the waiting messages are delivered from now
 * on. `claim` decides whom it belongs to then.
 * @throws {TopicNotFound} {InvalidRequest} {SettingFixed} {Conflict}
 */
export async function changeTopic(
  engine: Engine,
  name: string,
  wanted: TopicChange,
  claim?: Claim,
): Promise<Topic> {
  if (typeof wanted.schema === "string") await checkSchema(engine, wanted.schema);
  return await change(engine, name, wanted, claim);
}

async function change(
  engine: Engine,
  name: string,
  { schema, ...settings }: TopicChange,
  claim?: Claim,
): Promise<Topic> {
  for (let attempt = 1; attempt <= CHANGE_ATTEMPTS; attempt++) {
    const topic = await getTopic(engine, name);
    checkFixed(topic, settings);
    const own = claim ? claimed(claim, topic.ownership, JSON.stringify(settingsOf(topic))) : topic;
    const { schema: before, ...unchanged } = unowned(topic);
    const wanted = schema === undefined ? before : (schema ?? undefined);
    const kept = wanted === undefined ? {} : { schema: wanted };
    const next: Topic = { ...unchanged, ...settings, ...kept, ...ownershipIn(own) };
    if (isSame(topic, next)) return topic;
    const changed = { ...next, updatedAtMs: engine.clock.nowMs(), version: topic.version + 1 };
    if ((await announced(engine, topic, () => engine.topics.update(changed))) === "updated") {
      engine.caches.topics.delete(name);
      if (deliveryIsPaused(topic) && !deliveryIsPaused(changed)) await wakeUpAll(engine, changed);
      if (publishIsPaused(topic) && !publishIsPaused(changed)) {
        await Promise.all([publishWhatWaited(engine, changed), runWhatWaited(engine, changed)]);
      }
      return changed;
    }
  }
  throw new Conflict(`changing topic "${name}"`);
}

const SETTINGS = [...Object.keys(TOPIC_DEFAULTS), "schema"] as (keyof TopicSettings)[];

const settingsOf = (topic: Topic): Partial<TopicSettings> =>
  Object.fromEntries(SETTINGS.map((setting) => [setting, topic[setting]]));

const isSame = (a: Topic, b: Topic): boolean =>
  SETTINGS.every((setting) => a[setting] === b[setting]) && isDeepStrictEqual(a.ownership, b.ownership);

function checkFixed(topic: Topic, change: Partial<TopicSettings>): void {
  const { ordering = topic.ordering, partitions = topic.partitions } = change;
  if (ordering !== topic.ordering) {
    throw new SettingFixed([
      { path: "ordering", detail: `cannot be changed after creation: it is "${topic.ordering}"` },
    ]);
  }
  if (topic.ordering === "key" && partitions !== topic.partitions) {
    const detail = `cannot be changed if ordering is "key", since a key has one partition: it is ${topic.partitions}`;
    throw new SettingFixed([{ path: "partitions", detail }]);
  }
  if (partitions < topic.partitions) {
    throw new SettingFixed([
      { path: "partitions", detail: `can only be increased: it is ${topic.partitions}` },
    ]);
  }
}

/**
 * Deletes a topic. Its messages expire as they would have; its anchors are noted as garbage, for the clock to purge.
 * With `mayDelete`, only while that is true of its owner.
 * @throws {TopicNotFound}
 * @throws {TopicNotEmpty} if it has subscriptions
 * @throws {Conflict} if its owner has changed
 */
export async function deleteTopic(engine: Engine, name: string, mayDelete?: MayDelete): Promise<void> {
  const topic = await getTopic(engine, name);
  if (mayDelete?.(topic.ownership) === false) throw new Conflict(`deleting topic "${name}"`);
  const nowMs = engine.clock.nowMs();
  const version = mayDelete ? topic.version : undefined;
  const outcome = await engine.topics.delete(topic, nowMs, nowMs + TOMBSTONE_MS, version);
  engine.caches.topics.delete(name);
  if (outcome === "has-subscriptions") throw new TopicNotEmpty(name);
  if (outcome === "changed") throw new Conflict(`deleting topic "${name}"`);
}
