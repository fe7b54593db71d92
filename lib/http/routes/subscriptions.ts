import type { z } from "zod";
import type { StartFrom, Subscription, SubscriptionSettings } from "../../domain/subscription.js";
import { findSubscription } from "../../operations/find.js";
import {
  changeSubscription,
  deleteSubscription,
  listSubscriptions,
  putSubscription,
  subscriptionState,
} from "../../operations/subscriptions.js";
import { PageQuery, SubscriptionPath, TopicPath } from "../contracts/common.js";
import {
  SubscriptionAnswer,
  SubscriptionBody,
  SubscriptionChange,
  SubscriptionList,
  SubscriptionWithState,
} from "../contracts/subscription.js";
import { route } from "../route.js";
import { given, pageOf, timeText } from "../wire.js";

const path = "/v1/topics/{topic}/subscriptions/{subscription}";
const NOT_FOUND = ["topic-not-found", "subscription-not-found"];
const CHANGE_ERRORS = [...NOT_FOUND, "invalid-request", "setting-fixed", "conflict", "throttled"];

export function subscriptionAnswer(subscription: Subscription): z.input<typeof SubscriptionAnswer> {
  const { name, topic, target, ackDeadlineSeconds, batch, maxConcurrency, paused } = subscription;
  const times = {
    createdAt: timeText(subscription.createdAtMs),
    updatedAt: timeText(subscription.updatedAtMs),
  };
  return { name, topic: topic.name, target, ackDeadlineSeconds, batch, maxConcurrency, paused, ...times };
}

/** The settings among the fields of a request. */
function settingsOf(body: z.output<typeof SubscriptionChange>): Partial<SubscriptionSettings> {
  const { target, ackDeadlineSeconds, batch, maxConcurrency, paused } = body;
  const sizes = batch && { maxMessages: batch.maxMessages, maxBytes: batch.maxBytes };
  return given({
    target,
    ackDeadlineSeconds,
    batch: sizes,
    maxConcurrency,
    paused,
  }) as Partial<SubscriptionSettings>;
}

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
    errors: ["topic-not-found", "invalid-request"],
    handle: async (instance, { params, query }) => ({
      body: pageOf(await listSubscriptions(instance, params.topic, given(query)), subscriptionAnswer),
    }),
  }),
  route({
    id: "putSubscription",
    method: "PUT",
    path,
    summary: "Make a subscription, or change it to these settings",
    params: SubscriptionPath,
    body: SubscriptionBody,
    answer: SubscriptionAnswer,
    statuses: [200, 201],
    errors: CHANGE_ERRORS,
    handle: async (instance, { params, body }) => {
      const settings = { ...settingsOf(body), from: startOf(body.from) };
      const { created, value } = await putSubscription(instance, params.topic, params.subscription, settings);
      return { status: created ? 201 : 200, body: subscriptionAnswer(value) };
    },
  }),
  route({
    id: "getSubscription",
    method: "GET",
    path,
    summary: "One subscription, and how far it has come",
    params: SubscriptionPath,
    answer: SubscriptionWithState,
    errors: NOT_FOUND,
    handle: async (instance, { params }) => {
      const { topic, subscription } = await findSubscription(instance, params.topic, params.subscription);
      const { oldestUnackedAgeMs, ...state } = await subscriptionState(instance, topic, subscription);
      const oldestUnackedAgeSeconds = oldestUnackedAgeMs / 1_000;
      return { body: { ...subscriptionAnswer(subscription), state: { ...state, oldestUnackedAgeSeconds } } };
    },
  }),
  route({
    id: "changeSubscription",
    method: "PATCH",
    path,
    summary: "Change some settings of a subscription",
    params: SubscriptionPath,
    body: SubscriptionChange,
    answer: SubscriptionAnswer,
    errors: CHANGE_ERRORS,
    handle: async (instance, { params, body }) => ({
      body: subscriptionAnswer(
        await changeSubscription(instance, params.topic, params.subscription, settingsOf(body)),
      ),
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
    handle: async (instance, { params }) => {
      await deleteSubscription(instance, params.topic, params.subscription);
      return { status: 204 };
    },
  }),
];
