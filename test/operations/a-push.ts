import type { MemoryClock } from "../../lib/adapters/memory/clock.js";
import type { Handler } from "../../lib/adapters/memory/subscriber.js";
import type { Mark } from "../../lib/domain/mark.js";
import {
  SUBSCRIPTION_DEFAULTS,
  type Subscription,
  type SubscriptionSettings,
} from "../../lib/domain/subscription.js";
import { type PartitionRef, type TopicSettings, parsePartitionKey } from "../../lib/domain/topic.js";
import { dispatch } from "../../lib/operations/push/dispatch.js";
import type { Engine, Ports } from "../../lib/operations/engine.js";
import { pump } from "../../lib/operations/push/pump.js";
import { putSubscription } from "../../lib/operations/manage/subscriptions.js";
import { tick } from "../../lib/operations/clock/tick.js";
import { putTopic } from "../../lib/operations/manage/topics.js";
import { type Deployment, aText, aTimedDeployment, publishTexts } from "./a-deployment.js";
import type { Handed } from "../../lib/domain/handed.js";
import type { DeliveryOutcome } from "../../lib/domain/delivery-outcome.js";
import type { LaneRef } from "../../lib/domain/lane.js";
import type { Doorbell } from "../../lib/domain/pump-start.js";

const MINUTE_MS = 60_000;
const FUNCTION_MS = 15 * MINUTE_MS;
const FUNCTION_ARN = "arn:aws:lambda:eu-central-1:123456789012:function:ship";

/** One delivery, as its subscriber saw it. */
export interface Delivery {
  readonly atMs: number;
  readonly messages: readonly Handed[];
}

/** A deployment with a topic "orders" and a push subscription "ship" to all of it. */
export interface Push extends Deployment<MemoryClock> {
  readonly engine: Engine;
  readonly subscription: Subscription;
  readonly deliveries: Delivery[];
  /** Bodies of what a handler took, in the order of its answers. */
  readonly done: string[];
  /** Deliveries under way, at the most, so far. */
  readonly mostAtOnce: () => number;
  readonly answerWith: (handler: Handler) => void;
  /** Runs a pump for as long as a function has. */
  readonly pump: (options?: {
    lane?: number;
    forMs?: number;
    replace?: (ports: Ports) => Partial<Ports>;
  }) => Promise<void>;
}

export const allDone: DeliveryOutcome = { kind: "answered", failedIds: new Set() };
export const failing = (messages: readonly Handed[]): DeliveryOutcome => ({
  kind: "answered",
  failedIds: new Set(messages.map(({ id }) => id)),
});

/** A message that failed waits so long, whichever attempt it was. */
export const retryAfter = (seconds: number): Pick<SubscriptionSettings, "retry"> => ({
  retry: { ...SUBSCRIPTION_DEFAULTS.retry, scheduleSeconds: [seconds] },
});

/** The mark of the one topic that there is. */
export async function theMark({ engine }: Pick<Push, "engine">): Promise<Mark> {
  const [mark] = (await engine.marks.list({ limit: 1 })).items;
  if (!mark) throw new Error("the topic has no mark");
  return mark;
}

export async function aPush(
  settings: Partial<SubscriptionSettings> = {},
  topicSettings: Partial<TopicSettings> = {},
  seed?: number,
): Promise<Push> {
  const deployment = aTimedDeployment(seed);
  const engine = deployment.process();
  await putTopic(engine, "orders", topicSettings);
  const target = { type: "lambda", functionArn: FUNCTION_ARN } as const;
  const made = await putSubscription(engine, "orders", "ship", { target, from: "earliest", ...settings });
  const deliveries: Delivery[] = [];
  const done: string[] = [];
  let [underWay, most] = [0, 0];
  const answerWith = (handler: Handler): void => {
    deployment.subscriber.handlers.set("ship", async (messages) => {
      most = Math.max(most, ++underWay);
      deliveries.push({ atMs: deployment.clock.nowMs(), messages });
      try {
        const outcome = await handler(messages);
        const failed = outcome.kind === "answered" ? outcome.failedIds : undefined;
        done.push(...messages.filter(({ id }) => failed && !failed.has(id)).map(({ body }) => String(body)));
        return outcome;
      } finally {
        underWay--;
      }
    });
  };
  answerWith(async () => allDone);
  return {
    ...deployment,
    engine,
    subscription: made.value,
    deliveries,
    done,
    mostAtOnce: () => most,
    answerWith,
    pump: ({ lane = 0, forMs = FUNCTION_MS, replace } = {}) =>
      pump(deployment.process(replace), refOf(made.value, lane), {
        deadlineMs: deployment.clock.nowMs() + forMs,
      }),
  };
}

export const refOf = ({ topic, name, uid }: Subscription, lane = 0): LaneRef => ({
  subscription: { topic, name, uid },
  lane,
});

export const bodiesOf = (count: number): string[] => Array.from({ length: count }, (_, index) => `m${index}`);

/** Publishes `count` messages, so many to a slot. */
export async function publishMany(
  engine: Engine,
  count: number,
  together = 100,
  keys = 1,
): Promise<readonly string[]> {
  const all = bodiesOf(count);
  for (let from = 0; from < count; from += together) {
    const texts = all
      .slice(from, from + together)
      .map((body, at) => aText(body, { key: `k${(from + at) % keys}` }));
    await publishTexts(engine, "orders", ...texts);
  }
  return all;
}

/** Plays the platform: rings the doorbell for each slot, starts what is started, ticks once a minute. */
export function running(
  push: Push,
  options: { rings?: boolean; replace?: (ports: Ports) => Partial<Ports> } = {},
): { stop: () => void } {
  const { clock, storage, starter } = push;
  const stop = new AbortController();
  const spawn = (work: (engine: Engine, deadlineMs: number) => Promise<unknown>, ms: number): void => {
    if (stop.signal.aborted) return;
    void work(push.process(options.replace), clock.nowMs() + ms).catch(() => undefined);
  };
  starter.handlers = {
    pump: (ref) => spawn((engine, deadlineMs) => pump(engine, ref, { deadlineMs }), FUNCTION_MS),
    clock: (owner) => spawn((engine, deadlineMs) => tick(engine, { deadlineMs, owner }), 2 * MINUTE_MS),
  };
  const ring = (bell: Doorbell): void => spawn((engine) => dispatch(engine, [bell]), MINUTE_MS);
  const silence = options.rings === false ? () => undefined : storage.onAppend(ring);
  const everyMinute = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await clock.sleep(MINUTE_MS, stop.signal);
      spawn((engine, deadlineMs) => tick(engine, { deadlineMs }), 2 * MINUTE_MS);
    }
  };
  void everyMinute();
  return {
    stop: () => {
      silence();
      stop.abort();
    },
  };
}

/** The partitions that hold something. */
export const partitionsOf = ({ storage }: Push): readonly PartitionRef[] =>
  [...storage.logs.keys()].flatMap((key) => parsePartitionKey(key) ?? []);
