import { isDeepStrictEqual } from "node:util";
import { Conflict, InvalidRequest, SubscriptionNotFound, TopicNotFound } from "../../domain/errors.js";
import {
  type BatchSettings,
  type DeadLetterSettings,
  type RetrySettings,
  SUBSCRIPTION_DEFAULTS,
  type StartFrom,
  type Subscription,
  type SubscriptionSettings,
  batchDefaults,
} from "../../domain/subscription.js";
import { narrowedBy } from "../../domain/lane.js";
import { type Claim, unowned } from "../../domain/ownership.js";
import type { Reader } from "../../domain/reader.js";
import { type WebhookSecrets, newSecrets } from "../../domain/webhook/secrets.js";
import { announced } from "../log/announce.js";
import { findSubscription } from "../lookup.js";
import type { Engine } from "../engine.js";
import { startingPlaces } from "../log/starting-places.js";
import {
  type TargetChange,
  changedSecrets,
  changedTarget,
  withHeaders,
  withSecretArn,
} from "./change-target.js";
import { checkFilter } from "./check-filter.js";
import { checkHold, holdSettings } from "./check-hold.js";
import { checkRate } from "./check-rate.js";
import { checkWindow } from "./check-window.js";
import { type MayDelete, claimed, ownershipIn } from "./claims.js";
import { letGoOfHeld } from "./let-go-of-held.js";
import { getTopic } from "./topics.js";
import type { Page, PageRequest } from "../../domain/page.js";
import { wakeUp } from "../push/start-pumps.js";
import type { Put } from "./put.js";

const CHANGE_ATTEMPTS = 8;
const UID_LENGTH = 10;
const PURGE_ITEMS = 500;
const PURGE_ROUNDS = 4;

/** Settings to change; those left out stay as they are. */
export type SubscriptionChange = TargetChange &
  Partial<Omit<SubscriptionSettings, "batch" | "retry" | "deadLetter" | "filter">> & {
    /** null: none any more. */
    readonly filter?: string | null;
    readonly deadLetter?: Partial<DeadLetterSettings>;
    readonly retry?: Partial<RetrySettings>;
    readonly batch?: Partial<BatchSettings>;
  };

/** A subscription's next version, with its secrets if they change too. */
export interface NextVersion {
  readonly subscription: Subscription;
  readonly secrets?: WebhookSecrets;
}

/** `secret`: signs a new webhook's deliveries, and is never answered again. */
export type PutSubscription = Put<Subscription> & { readonly secret?: string };

/**
 * Creates a subscription, or changes it to these settings. Settings left out get their defaults. `from` only counts on
 * creation. With `claim`, it belongs to somebody from then on, and is only created: one that is there is a conflict.
 * @throws {TopicNotFound} {SettingFixed} {Conflict} {InvalidRequest}
 */
export async function putSubscription(
  engine: Engine,
  topicName: string,
  name: string,
  settings: Partial<SubscriptionSettings> &
    Pick<SubscriptionChange, "headers" | "secretArn"> & { readonly from?: StartFrom },
  claim?: Claim,
): Promise<PutSubscription> {
  const { subscriptions, clock, random } = engine;
  const { from = "latest", headers, secretArn, ...given } = settings;
  const { target = SUBSCRIPTION_DEFAULTS.target } = given;
  const wanted: SubscriptionSettings = { ...SUBSCRIPTION_DEFAULTS, batch: batchDefaults(target), ...given };
  checkSettings(wanted);
  // A filter that is left out is taken away, as every setting gets its default.
  const { filter = null } = wanted;
  const topic = await getTopic(engine, topicName);
  checkHold(topic, wanted);
  checkRate(topic, wanted, engine.settings.laneWidth);
  checkWindow(topic, wanted, engine.settings.laneWidth);
  const change = async (): Promise<PutSubscription> => {
    if (claim) throw new Conflict(`creating subscription "${name}"`);
    // Their values cannot be read, so whoever writes back what was read has none to give: they stay.
    const kept = { ...(headers ? { headers } : {}), ...(secretArn === undefined ? {} : { secretArn }) };
    const deadLetter = { onDeadLetter: "release", ...wanted.deadLetter } as const;
    const all = { ...wanted, deadLetter, filter, ...kept };
    const value = await changeSubscription(engine, topicName, name, all);
    return { created: false, value };
  };
  if (await subscriptions.get(topic, name)) return await change();
  const nowMs = clock.nowMs();
  const subscription: Subscription = {
    topic: { name: topic.name, uid: topic.uid },
    name,
    uid: random.nonce().slice(0, UID_LENGTH),
    ...wanted,
    deadLetter: holdSettings(wanted.deadLetter),
    target: withHeaders(withSecretArn(wanted.target, secretArn ?? undefined), headers ?? {}),
    startingPlaces: await startingPlaces(engine, topic, from),
    epoch: 0,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    version: 1,
    ...claimed(claim, undefined, ""),
  };
  const secrets = wanted.target.type === "https" ? newSecrets(random, headers ?? {}) : undefined;
  const made = await announced(engine, topic, () => subscriptions.create(subscription, secrets));
  if (made.kind === "topic-gone") throw new TopicNotFound(topicName);
  if (made.kind === "exists") return await change();
  const isAnswered = secrets !== undefined && !secretArn;
  return { created: true, value: subscription, ...(isAnswered ? { secret: secrets.signing } : {}) };
}

export async function listSubscriptions(
  engine: Engine,
  topicName: string,
  page: PageRequest,
): Promise<Page<Subscription>> {
  return await engine.subscriptions.list(await getTopic(engine, topicName), page);
}

/**
 * Changes the given settings and leaves the others. If this ends a pause or names another target, the waiting messages
 * are delivered from now on, though the subscription was disabled; so is what waits and matches only the new filter.
 * With another rate limit, they are delivered at that rate, and with other batches in those. Keys that hold go on if
 * they should no more. `claim` decides whom it belongs to then.
 * @throws {TopicNotFound} {SubscriptionNotFound} {SettingFixed} {Conflict} {InvalidRequest}
 */
export async function changeSubscription(
  engine: Engine,
  topicName: string,
  name: string,
  change: SubscriptionChange,
  claim?: Claim,
): Promise<Subscription> {
  let isToBeTried = false;
  let isReleased = false;
  const { headers, filter, secretArn: _, ...settings } = change;
  const changed = await updateSubscription(engine, topicName, name, async ({ topic, subscription }) => {
    const own = claim ? claimed(claim, subscription.ownership, settingsText(subscription)) : subscription;
    const { filter: before, ...unfiltered } = unowned(subscription);
    const wanted = filter === undefined ? before : (filter ?? undefined);
    const target = changedTarget(subscription.target, change);
    // What the old filter left out rang no pump. One that is asleep tries its new target at once.
    isToBeTried =
      subscription.paused ||
      wanted !== before ||
      headers !== undefined ||
      !isDeepStrictEqual(target, subscription.target);
    const batch = { ...subscription.batch, ...change.batch };
    const { maxConcurrency = subscription.maxConcurrency } = change;
    const { laneWidth } = engine.settings;
    const narrowed = narrowedBy({ topic, subscription }, maxConcurrency, {
      laneWidth,
      nowMs: engine.clock.nowMs(),
    });
    const retry = { ...subscription.retry, ...change.retry };
    const deadLetter = holdSettings(
      { ...subscription.deadLetter, ...change.deadLetter },
      subscription.deadLetter,
    );
    isReleased = subscription.deadLetter.onDeadLetter === "hold" && deadLetter.onDeadLetter !== "hold";
    const next: Subscription = {
      ...unfiltered,
      ...settings,
      ...(wanted === undefined ? {} : { filter: wanted }),
      target,
      retry,
      deadLetter,
      batch,
      ...(narrowed ? { narrowed } : {}),
      ...ownershipIn(own),
    };
    checkSettings(next);
    checkHold(topic, next);
    checkRate(topic, next, laneWidth);
    checkWindow(topic, next, laneWidth);
    isToBeTried ||= subscription.rateLimitPerSecond !== next.rateLimitPerSecond;
    isToBeTried ||= !isDeepStrictEqual(subscription.batch, batch);
    const secrets = await changedSecrets(engine, subscription, headers);
    // What has a sleeping target tried by an operator's will enables a disabled subscription, too.
    const isEnabled =
      secrets !== undefined ||
      (subscription.paused && !next.paused) ||
      !isDeepStrictEqual(target, subscription.target);
    if (secrets) return { subscription: enabled(next), secrets };
    if (isSame(subscription, next)) return undefined;
    return { subscription: isEnabled ? enabled(next) : next };
  });
  if (isReleased) await letGoOfHeld(engine, changed);
  if (isToBeTried) await wakeUp(engine, changed.subscription);
  return changed.subscription;
}

/** As it is once an operator has enabled it. */
export const enabled = ({ disabled: _, ...subscription }: Subscription): Subscription => subscription;

/** @throws {InvalidRequest} where settings exclude each other */
function checkSettings({ retry, target, ackDeadlineSeconds, filter }: SubscriptionSettings): void {
  if (filter !== undefined) checkFilter(filter);
  const { minBackoffSeconds, maxBackoffSeconds } = retry;
  checkOrder("retry.minBackoffSeconds", minBackoffSeconds, "maxBackoffSeconds", maxBackoffSeconds);
  if (target.type !== "https") return;
  const { connectTimeoutSeconds, timeoutSeconds } = target;
  checkOrder("target.connectTimeoutSeconds", connectTimeoutSeconds, "timeoutSeconds", timeoutSeconds);
  // What a pump that died left behind is delivered again after this deadline.
  checkOrder("target.timeoutSeconds", timeoutSeconds, "ackDeadlineSeconds", ackDeadlineSeconds);
}

function checkOrder(path: string, value: number, name: string, atMost: number): void {
  if (value <= atMost) return;
  throw new InvalidRequest([{ path, detail: `must not be more than ${name}, which is ${atMost}` }]);
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
  change: (found: Reader) => Promise<NextVersion | undefined>,
): Promise<Reader> {
  for (let attempt = 1; attempt <= CHANGE_ATTEMPTS; attempt++) {
    const found = await findSubscription(engine, topicName, name);
    const next = await change(found);
    if (!next) return found;
    const { version } = found.subscription;
    const changed = { ...next.subscription, updatedAtMs: engine.clock.nowMs(), version: version + 1 };
    const update = () => engine.subscriptions.update(changed, next.secrets);
    if ((await announced(engine, found.topic, update)) === "updated")
      return { topic: found.topic, subscription: changed };
  }
  throw new Conflict(`changing subscription "${name}"`);
}

const SETTINGS = [...Object.keys(SUBSCRIPTION_DEFAULTS), "filter"] as (keyof SubscriptionSettings)[];

const isSame = (a: Subscription, b: Subscription): boolean =>
  [...SETTINGS, "ownership" as const].every((setting) => isDeepStrictEqual(a[setting], b[setting]));

const settingsText = (subscription: Subscription): string =>
  JSON.stringify(Object.fromEntries(SETTINGS.map((setting) => [setting, subscription[setting]])));

/**
 * Deletes a subscription with its progress. It stays noted as garbage: the clock purges what is too much for one call,
 * and what a consumer wrote after this purge. With `mayDelete`, only while that is true of its owner.
 * @throws {TopicNotFound} {SubscriptionNotFound}
 * @throws {Conflict} if its owner has changed
 */
export async function deleteSubscription(
  engine: Engine,
  topicName: string,
  name: string,
  mayDelete?: MayDelete,
): Promise<void> {
  const { subscriptions, progress, clock } = engine;
  const { subscription } = await findSubscription(engine, topicName, name);
  const isOthers = mayDelete?.(subscription.ownership) === false;
  const version = mayDelete ? subscription.version : undefined;
  const outcome = isOthers ? "changed" : await subscriptions.delete(subscription, clock.nowMs(), version);
  if (outcome === "changed") throw new Conflict(`deleting subscription "${name}"`);
  if (outcome === "gone") throw new SubscriptionNotFound(topicName, name);
  for (let round = 1; round <= PURGE_ROUNDS; round++) {
    if (await progress.purge(subscription, PURGE_ITEMS)) return;
  }
}
