import { InvalidRequest } from "../../domain/errors.js";
import type { z } from "zod";
import type { Asleep } from "../../domain/breaker.js";
import {
  type BatchSettings,
  type DeadLetterSettings,
  type RetrySettings,
  SUBSCRIPTION_DEFAULTS,
  type StartFrom,
  type Subscription,
  batchDefaults,
} from "../../domain/subscription.js";
import { findSubscription } from "../../operations/lookup.js";
import { seek } from "../../operations/manage/seek.js";
import { type SetAsideEntry, listSetAside } from "../../operations/manage/set-aside.js";
import { wake } from "../../operations/manage/wake.js";
import { subscriptionState } from "../../operations/manage/subscription-state.js";
import {
  changeSubscription,
  deleteSubscription,
  listSubscriptions,
  putSubscription,
} from "../../operations/manage/subscriptions.js";
import { PageQuery, SubscriptionPath, TopicPath } from "../contracts/common.js";
import {
  type BreakerAnswer,
  SeekBody,
  SetAsideList,
  SubscriptionAnswer,
  SubscriptionBody,
  SubscriptionChange,
  SubscriptionList,
  SubscriptionMade,
  SubscriptionWithState,
} from "../contracts/subscription.js";
import type { JsonSource } from "../json-source.js";
import { route } from "../route.js";
import type { ErrorCode } from "../status.js";
import { answerPage, timeText } from "../answers.js";
import { given } from "../given.js";
import { checkedTarget, targetAnswer } from "./target.js";

const path = "/v1/topics/{topic}/subscriptions/{subscription}";
const NOT_FOUND = ["topic-not-found", "subscription-not-found"] as const satisfies readonly ErrorCode[];
const CHANGE_ERRORS = [...NOT_FOUND, "setting-fixed", "conflict"] as const satisfies readonly ErrorCode[];

function subscriptionAnswer(subscription: Subscription): z.input<typeof SubscriptionAnswer> {
  const { name, topic, ackDeadlineSeconds, batch, maxConcurrency, rateLimitPerSecond, paused } = subscription;
  const target = targetAnswer(subscription.target);
  const times = {
    createdAt: timeText(subscription.createdAtMs),
    updatedAt: timeText(subscription.updatedAtMs),
  };
  const retry = retryAnswer(subscription.retry);
  const deadLetter = { onDeadLetter: "release", ...subscription.deadLetter } as const;
  const limits = { batch, maxConcurrency, rateLimitPerSecond };
  const settings = { target, ackDeadlineSeconds, retry, deadLetter, ...limits, paused };
  return { name, topic: topic.name, ...settings, ...disabledAnswer(subscription), ...times };
}

const disabledAnswer = ({ disabled }: Subscription): Pick<z.input<typeof SubscriptionAnswer>, "disabled"> =>
  disabled
    ? { disabled: { reason: disabled.reason, error: disabled.error, since: timeText(disabled.sinceMs) } }
    : {};

/** A subscription as JSON text. Its filter is inserted as it was sent, so no digit is lost. */
function subscriptionText(subscription: Subscription, more: object = {}): string {
  const text = JSON.stringify({ ...subscriptionAnswer(subscription), ...more });
  const { filter } = subscription;
  return filter === undefined ? text : `${text.slice(0, -1)},"filter":${filter}}`;
}

const keepsFilter = (path: string): boolean => path === "filter";

/** The filter as it was sent. @throws {InvalidRequest} for a number elsewhere that a double cannot hold */
function filterIn(filter: unknown, source: JsonSource | undefined): { filter?: string | null } {
  if (source && source.inexact.length > 0) throw new InvalidRequest(source.inexact);
  if (filter === undefined) return {};
  return { filter: filter === null ? null : (source?.kept.get("filter")?.text ?? null) };
}

function breakerAnswer(
  { disabled }: Subscription,
  asleep: Asleep | undefined,
): z.input<typeof BreakerAnswer> {
  if (disabled) return { state: "disabled" };
  if (!asleep) return { state: "closed" };
  const { reason, error, sinceMs, untilMs } = asleep;
  return { state: "open", reason, error, since: timeText(sinceMs), until: timeText(untilMs) };
}

const setAsideAnswer = ({ partition, base, count, firstId, atMs, reason }: SetAsideEntry) => ({
  partition,
  firstOffset: base,
  count,
  firstId,
  setAsideAt: timeText(atMs),
  reason,
});

const batchOf = (batch: z.output<typeof SubscriptionChange>["batch"]): Partial<BatchSettings> =>
  given({
    maxMessages: batch?.maxMessages,
    maxBytes: batch?.maxBytes,
    windowSeconds: batch?.windowSeconds,
  });

const retryAnswer = (retry: RetrySettings) => ({ ...retry, scheduleSeconds: [...retry.scheduleSeconds] });

const retryOf = (retry: z.output<typeof SubscriptionChange>["retry"]): Partial<RetrySettings> =>
  given({
    maxAttempts: retry?.maxAttempts,
    minBackoffSeconds: retry?.minBackoffSeconds,
    maxBackoffSeconds: retry?.maxBackoffSeconds,
    jitter: retry?.jitter,
    scheduleSeconds: retry?.scheduleSeconds,
  });

const deadLetterOf = (
  deadLetter: z.output<typeof SubscriptionChange>["deadLetter"],
): Partial<DeadLetterSettings> =>
  given({ retentionSeconds: deadLetter?.retentionSeconds, onDeadLetter: deadLetter?.onDeadLetter });

function startOf(from: z.output<typeof SubscriptionBody>["from"]): StartFrom {
  return typeof from === "object" && "time" in from ? { timeMs: Date.parse(from.time) } : from;
}

export const subscriptionRoutes = [
  route({
    id: "listSubscriptions",
    method: "GET",
    path: "/v1/topics/{topic}/subscriptions",
    summary: "A topic's subscriptions by name",
    params: TopicPath,
    query: PageQuery,
    answer: SubscriptionList,
    errors: ["topic-not-found"],
    handle: async (engine, { params, query }) => {
      const page = await answerPage(listSubscriptions(engine, params.topic, given(query)), subscriptionText);
      const { items, ...more } = page;
      const next = JSON.stringify(more).slice(1, -1);
      return { bodyText: `{"items":[${items.join(",")}]${next === "" ? "" : `,${next}`}}` };
    },
  }),
  route({
    id: "putSubscription",
    method: "PUT",
    path,
    summary: "Create a subscription, or change it to these settings",
    params: SubscriptionPath,
    body: SubscriptionBody,
    keeps: keepsFilter,
    answer: SubscriptionMade,
    statuses: [200, 201],
    errors: CHANGE_ERRORS,
    handle: async (engine, { params, body, options, source }) => {
      const { filter } = filterIn(body.filter, source);
      const { ackDeadlineSeconds, maxConcurrency, rateLimitPerSecond, paused } = body;
      const checked = checkedTarget(body.target, options);
      const batch = { ...batchDefaults(checked.target), ...batchOf(body.batch) };
      const settings = {
        ...checked,
        ackDeadlineSeconds,
        retry: { ...SUBSCRIPTION_DEFAULTS.retry, ...retryOf(body.retry) },
        deadLetter: { ...SUBSCRIPTION_DEFAULTS.deadLetter, ...deadLetterOf(body.deadLetter) },
        batch,
        maxConcurrency,
        rateLimitPerSecond,
        paused,
        ...(typeof filter === "string" ? { filter } : {}),
        from: startOf(body.from),
      };
      const { topic, subscription } = params;
      const put = await putSubscription(engine, topic, subscription, settings, options.claim);
      const { created, value, secret } = put;
      return { status: created ? 201 : 200, bodyText: subscriptionText(value, given({ secret })) };
    },
  }),
  route({
    id: "getSubscription",
    method: "GET",
    path,
    summary: "One subscription with its state",
    params: SubscriptionPath,
    answer: SubscriptionWithState,
    errors: NOT_FOUND,
    handle: async (engine, { params }) => {
      const { topic, subscription } = await findSubscription(engine, params.topic, params.subscription);
      const { oldestUnackedAgeMs, asleep, ...counts } = await subscriptionState(engine, {
        topic,
        subscription,
      });
      const oldestUnackedAgeSeconds = oldestUnackedAgeMs / 1_000;
      const state = { ...counts, oldestUnackedAgeSeconds, breaker: breakerAnswer(subscription, asleep) };
      return { bodyText: subscriptionText(subscription, { state }) };
    },
  }),
  route({
    id: "listSetAside",
    method: "GET",
    path: `${path}/set-aside`,
    summary: "Messages of a subscription that cannot be read, with the reason",
    params: SubscriptionPath,
    query: PageQuery,
    answer: SetAsideList,
    errors: NOT_FOUND,
    handle: async (engine, { params, query }) => ({
      body: await answerPage(
        listSetAside(engine, params.topic, params.subscription, given(query)),
        setAsideAnswer,
      ),
    }),
  }),
  route({
    id: "changeSubscription",
    method: "PATCH",
    path,
    summary: "Change some settings of a subscription",
    params: SubscriptionPath,
    body: SubscriptionChange,
    keeps: keepsFilter,
    answer: SubscriptionAnswer,
    errors: CHANGE_ERRORS,
    handle: async (engine, { params, body, options, source }) => {
      const { ackDeadlineSeconds, maxConcurrency, rateLimitPerSecond, paused } = body;
      const target = body.target ? checkedTarget(body.target, options) : {};
      const own = given({ ackDeadlineSeconds, maxConcurrency, rateLimitPerSecond, paused });
      const settings = { ...target, ...own };
      const parts = {
        retry: retryOf(body.retry),
        deadLetter: deadLetterOf(body.deadLetter),
        batch: batchOf(body.batch),
      };
      const change = { ...settings, ...parts, ...filterIn(body.filter, source) };
      const { topic, subscription } = params;
      const changed = await changeSubscription(engine, topic, subscription, change, options.claim);
      return { bodyText: subscriptionText(changed) };
    },
  }),
  route({
    id: "seek",
    method: "POST",
    path: `${path}/seek`,
    summary: "Move a subscription to another place in its topic; receipts from before are void",
    params: SubscriptionPath,
    body: SeekBody,
    answer: SubscriptionAnswer,
    errors: [...NOT_FOUND, "conflict"],
    handle: async (engine, { params, body }) => {
      const sought = await seek(engine, params.topic, params.subscription, startOf(body.to));
      return { bodyText: subscriptionText(sought) };
    },
  }),
  route({
    id: "wake",
    method: "POST",
    path: `${path}/wake`,
    summary: "Try the target of a subscription that sleeps, or is disabled, now; if that fails, it sleeps on",
    params: SubscriptionPath,
    answer: SubscriptionAnswer,
    errors: [...NOT_FOUND, "conflict"],
    handle: async (engine, { params }) => ({
      bodyText: subscriptionText(await wake(engine, params.topic, params.subscription)),
    }),
  }),
  route({
    id: "deleteSubscription",
    method: "DELETE",
    path,
    summary: "Delete a subscription with its progress",
    params: SubscriptionPath,
    statuses: [204],
    errors: NOT_FOUND,
    handle: async (engine, { params }) => {
      await deleteSubscription(engine, params.topic, params.subscription);
      return { status: 204 };
    },
  }),
];
