import { Contended, Fixed, SubscriptionNotFound, TopicNotFound } from "../domain/errors.js";
import type { Page, PageRequest } from "../domain/ports/topic-store.js";
import { nextOffset } from "../domain/slot.js";
import {
  SUBSCRIPTION_DEFAULTS,
  type StartFrom,
  type Subscription,
  type SubscriptionSettings,
} from "../domain/subscription.js";
import type { Topic } from "../domain/topic.js";
import { findSubscription } from "./find.js";
import type { Instance } from "./instance.js";
import { initialCursor } from "./reader.js";
import { startHeads } from "./start-heads.js";
import { type Put, getTopic } from "./topics.js";

const CHANGE_ATTEMPTS = 8;
const UID_LENGTH = 10;
const PURGE_ITEMS = 500;
const PURGE_ROUNDS = 4;

/** How far a subscription has come, in messages. */
export interface SubscriptionState {
  /** Ahead of the heads: not handed out yet. */
  readonly backlog: number;
  readonly inFlight: number;
  readonly retrying: number;
  /** 0 where nothing waits. */
  readonly oldestUnackedAgeMs: number;
}

/** Makes a subscription, or changes it to these settings. `from` counts only when it is made. @throws {TopicNotFound} {Fixed} */
export async function putSubscription(
  instance: Instance,
  topicName: string,
  name: string,
  settings: Partial<SubscriptionSettings> & { readonly from?: StartFrom },
): Promise<Put<Subscription>> {
  const { subscriptions, clock, random } = instance;
  const { from = "latest", ...given } = settings;
  const wanted: SubscriptionSettings = { ...SUBSCRIPTION_DEFAULTS, ...given };
  const topic = await getTopic(instance, topicName);
  if (await subscriptions.get(topic, name)) {
    return { created: false, value: await changeSubscription(instance, topicName, name, wanted) };
  }
  const nowMs = clock.nowMs();
  const subscription: Subscription = {
    topic: { name: topic.name, uid: topic.uid },
    name,
    uid: random.nonce().slice(0, UID_LENGTH),
    ...wanted,
    startHeads: await startHeads(instance, topic, from),
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    version: 1,
  };
  const made = await subscriptions.create(subscription);
  if (made.kind === "topic-gone") throw new TopicNotFound(topicName);
  if (made.kind === "created") return { created: true, value: subscription };
  return { created: false, value: await changeSubscription(instance, topicName, name, wanted) };
}

export async function listSubscriptions(
  instance: Instance,
  topicName: string,
  page: PageRequest,
): Promise<Page<Subscription>> {
  return await instance.subscriptions.list(await getTopic(instance, topicName), page);
}

/** Changes what is given and leaves the rest. @throws {TopicNotFound} {SubscriptionNotFound} {Fixed} {Contended} */
export async function changeSubscription(
  instance: Instance,
  topicName: string,
  name: string,
  change: Partial<SubscriptionSettings>,
): Promise<Subscription> {
  for (let attempt = 1; attempt <= CHANGE_ATTEMPTS; attempt++) {
    const { subscription } = await findSubscription(instance, topicName, name);
    if (change.target && change.target.type !== subscription.target.type) {
      const detail = `is fixed once the subscription is made: it is "${subscription.target.type}"`;
      throw new Fixed([{ path: "target.type", detail }]);
    }
    const next: Subscription = { ...subscription, ...change };
    if (isSame(subscription, next)) return subscription;
    const changed = { ...next, updatedAtMs: instance.clock.nowMs(), version: subscription.version + 1 };
    if ((await instance.subscriptions.update(changed)) === "updated") return changed;
  }
  throw new Contended(`changing subscription "${name}"`);
}

const isSame = (a: Subscription, b: Subscription): boolean =>
  (Object.keys(SUBSCRIPTION_DEFAULTS) as (keyof SubscriptionSettings)[]).every(
    (setting) => JSON.stringify(a[setting]) === JSON.stringify(b[setting]),
  );

/** Deletes it with its progress; what is too much for one call the clock purges. @throws {SubscriptionNotFound} */
export async function deleteSubscription(instance: Instance, topicName: string, name: string): Promise<void> {
  const { subscriptions, progress } = instance;
  const { subscription } = await findSubscription(instance, topicName, name);
  if ((await subscriptions.delete(subscription)) === "gone") throw new SubscriptionNotFound(topicName, name);
  for (let round = 1; round <= PURGE_ROUNDS; round++) {
    if (await progress.purge(subscription, PURGE_ITEMS)) return await subscriptions.forget(subscription);
  }
}

/** How far the subscription has come. Counts are a moment's, taken one after the other. */
export async function subscriptionState(
  instance: Instance,
  topic: Topic,
  subscription: Subscription,
): Promise<SubscriptionState> {
  const { log, progress, clock } = instance;
  const [inUse, cursors, totals] = await Promise.all([
    log.partitionsInUse(topic),
    progress.cursors(subscription),
    progress.totals(subscription),
  ]);
  const ahead = await Promise.all(
    inUse.map((partition) =>
      aheadOf(instance, topic, partition, cursors.get(partition) ?? initialCursor(subscription, partition)),
    ),
  );
  const oldest = [...ahead.map(({ oldestMs }) => oldestMs), totals.oldestPublishedAtMs].filter(
    (time): time is number => time !== undefined,
  );
  return {
    backlog: ahead.reduce((sum, { backlog }) => sum + backlog, 0),
    inFlight: totals.inFlight,
    retrying: totals.retrying,
    oldestUnackedAgeMs: oldest.length > 0 ? Math.max(0, clock.nowMs() - Math.min(...oldest)) : 0,
  };
}

/** Offsets jump where a partition was empty for a while: the count starts at the first slot that is really there. */
async function aheadOf(
  { log }: Instance,
  topic: Topic,
  partition: number,
  { head, slotBase }: { head: number; slotBase: number },
): Promise<{ readonly backlog: number; readonly oldestMs?: number }> {
  const ref = { topic, partition };
  const tail = await log.tail(ref);
  if (!tail || nextOffset(tail) <= head) return { backlog: 0 };
  const { slots } = await log.read(ref, slotBase, 2, { consistent: true });
  const first = slots.find((slot) => nextOffset(slot) > head);
  if (!first) return { backlog: 0 };
  return { backlog: nextOffset(tail) - Math.max(head, first.base), oldestMs: first.publishedAtMs };
}
