import {
  Conflict,
  InvalidRequest,
  SettingFixed,
  SubscriptionNotFound,
  TopicNotFound,
} from "../../domain/errors.js";
import {
  type BatchSettings,
  type RetrySettings,
  SUBSCRIPTION_DEFAULTS,
  type StartFrom,
  type Subscription,
  type SubscriptionSettings,
} from "../../domain/subscription.js";
import { narrowedBy } from "../../domain/lane.js";
import type { Reader } from "../../domain/reader.js";
import { announced } from "../log/announce.js";
import { findSubscription } from "../lookup.js";
import type { Engine } from "../engine.js";
import { startingPlaces } from "./starting-places.js";
import { getTopic } from "./topics.js";
import type { Page, PageRequest } from "../../domain/page.js";
import { wakeUp } from "../push/start-pumps.js";
import type { Put } from "./put.js";

const CHANGE_ATTEMPTS = 8;
const UID_LENGTH = 10;
const PURGE_ITEMS = 500;
const PURGE_ROUNDS = 4;

/** Settings to change; those left out stay as they are. */
export type SubscriptionChange = Partial<Omit<SubscriptionSettings, "batch" | "retry">> & {
  readonly retry?: Partial<RetrySettings>;
  readonly batch?: Partial<BatchSettings>;
};

/**
 * Creates a subscription, or changes it to these settings. Settings left out get their defaults. `from` only counts on
 * creation.
 * @throws {TopicNotFound} {SettingFixed} {Conflict} {InvalidRequest}
 */
export async function putSubscription(
  engine: Engine,
  topicName: string,
  name: string,
  settings: Partial<SubscriptionSettings> & { readonly from?: StartFrom },
): Promise<Put<Subscription>> {
  const { subscriptions, clock, random } = engine;
  const { from = "latest", ...given } = settings;
  const wanted: SubscriptionSettings = { ...SUBSCRIPTION_DEFAULTS, ...given };
  checkRetry(wanted.retry);
  const topic = await getTopic(engine, topicName);
  if (await subscriptions.get(topic, name)) {
    return { created: false, value: await changeSubscription(engine, topicName, name, wanted) };
  }
  const nowMs = clock.nowMs();
  const subscription: Subscription = {
    topic: { name: topic.name, uid: topic.uid },
    name,
    uid: random.nonce().slice(0, UID_LENGTH),
    ...wanted,
    startingPlaces: await startingPlaces(engine, topic, from),
    epoch: 0,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    version: 1,
  };
  const made = await announced(engine, topic, () => subscriptions.create(subscription));
  if (made.kind === "topic-gone") throw new TopicNotFound(topicName);
  if (made.kind === "created") return { created: true, value: subscription };
  return { created: false, value: await changeSubscription(engine, topicName, name, wanted) };
}

export async function listSubscriptions(
  engine: Engine,
  topicName: string,
  page: PageRequest,
): Promise<Page<Subscription>> {
  return await engine.subscriptions.list(await getTopic(engine, topicName), page);
}

/**
 * Changes the given settings and leaves the others. If this ends a pause, the waiting messages are delivered from now
 * on.
 * @throws {TopicNotFound} {SubscriptionNotFound} {SettingFixed} {Conflict} {InvalidRequest}
 */
export async function changeSubscription(
  engine: Engine,
  topicName: string,
  name: string,
  change: SubscriptionChange,
): Promise<Subscription> {
  let wasPaused = false;
  const changed = await updateSubscription(engine, topicName, name, ({ topic, subscription }) => {
    wasPaused = subscription.paused;
    if (change.target && change.target.type !== subscription.target.type) {
      const detail = `cannot be changed after creation: it is "${subscription.target.type}"`;
      throw new SettingFixed([{ path: "target.type", detail }]);
    }
    const batch = { ...subscription.batch, ...change.batch };
    const { maxConcurrency = subscription.maxConcurrency } = change;
    const { laneWidth } = engine.settings;
    const narrowed = narrowedBy({ topic, subscription }, maxConcurrency, {
      laneWidth,
      nowMs: engine.clock.nowMs(),
    });
    const retry = { ...subscription.retry, ...change.retry };
    checkRetry(retry);
    const next: Subscription = {
      ...subscription,
      ...change,
      retry,
      batch,
      ...(narrowed ? { narrowed } : {}),
    };
    return isSame(subscription, next) ? undefined : next;
  });
  if (wasPaused) await wakeUp(engine, changed.subscription);
  return changed.subscription;
}

/** @throws {InvalidRequest} where the bounds exclude each other */
function checkRetry({ minBackoffSeconds, maxBackoffSeconds }: RetrySettings): void {
  if (minBackoffSeconds <= maxBackoffSeconds) return;
  const detail = `must not be more than maxBackoffSeconds, which is ${maxBackoffSeconds}`;
  throw new InvalidRequest([{ path: "retry.minBackoffSeconds", detail }]);
}

/**
 * Stores the next version that `change` makes, and calls `change` again after each lost race. undefined: nothing to
 * change.
 * @throws {TopicNotFound} {SubscriptionNotFound} {Conflict}
 */
export async function updateSubscription(
  engine: Engine,
  topicName: string,
  name: string,
  change: (found: Reader) => Subscription | undefined | Promise<Subscription | undefined>,
): Promise<Reader> {
  for (let attempt = 1; attempt <= CHANGE_ATTEMPTS; attempt++) {
    const found = await findSubscription(engine, topicName, name);
    const next = await change(found);
    if (!next) return found;
    const { version } = found.subscription;
    const changed = { ...next, updatedAtMs: engine.clock.nowMs(), version: version + 1 };
    const update = () => engine.subscriptions.update(changed);
    if ((await announced(engine, found.topic, update)) === "updated")
      return { topic: found.topic, subscription: changed };
  }
  throw new Conflict(`changing subscription "${name}"`);
}

const isSame = (a: Subscription, b: Subscription): boolean =>
  (Object.keys(SUBSCRIPTION_DEFAULTS) as (keyof SubscriptionSettings)[]).every(
    (setting) => JSON.stringify(a[setting]) === JSON.stringify(b[setting]),
  );

/**
 * Deletes a subscription with its progress. It stays noted as garbage: the clock purges what is too much for one call,
 * and what a consumer wrote after this purge.
 * @throws {TopicNotFound} {SubscriptionNotFound}
 */
export async function deleteSubscription(engine: Engine, topicName: string, name: string): Promise<void> {
  const { subscriptions, progress, clock } = engine;
  const { subscription } = await findSubscription(engine, topicName, name);
  const outcome = await subscriptions.delete(subscription, clock.nowMs());
  if (outcome === "gone") throw new SubscriptionNotFound(topicName, name);
  for (let round = 1; round <= PURGE_ROUNDS; round++) {
    if (await progress.purge(subscription, PURGE_ITEMS)) return;
  }
}
