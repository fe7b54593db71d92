import type { DeliveryOutcome } from "../../domain/delivery-outcome.js";
import { InvalidRequest, NotWebhook } from "../../domain/errors.js";
import type { Handed } from "../../domain/handed.js";
import { JSON_TYPE } from "../../domain/message.js";
import type { Reader } from "../../domain/reader.js";
import { newSecrets, rotated } from "../../domain/webhook/secrets.js";
import type { Engine } from "../engine.js";
import { findSubscription } from "../lookup.js";
import { updateSubscription } from "./subscriptions.js";

export interface Rotated {
  /** Signs from now on; never answered again. */
  readonly secret: string;
  /** Until then deliveries are also signed with the one before. */
  readonly previousUntilMs?: number;
}

/**
 * Replaces a webhook's secret. A request that is sent twice is carried out twice: the secret that was answered last
 * counts.
 * @throws {TopicNotFound} {SubscriptionNotFound} {NotWebhook} {Conflict}
 * @throws {InvalidRequest} for one whose secret is managed elsewhere
 */
export async function rotateSecret(engine: Engine, topicName: string, name: string): Promise<Rotated> {
  const { random, clock, subscriptions } = engine;
  let answer: Rotated | undefined;
  await updateSubscription(engine, topicName, name, async (found) => {
    checkWebhook(found);
    checkOwnSecret(found);
    const before = await subscriptions.secrets(found.subscription);
    const secrets = before ? rotated(before, random, clock.nowMs()) : newSecrets(random, {});
    const { signing: secret, previous } = secrets;
    answer = { secret, ...(previous ? { previousUntilMs: previous.untilMs } : {}) };
    return { subscription: found.subscription, secrets };
  });
  if (!answer) throw new Error("a change that was made has been asked for");
  return answer;
}

/** What a webhook said to a sample message, and how long that took. */
export interface WebhookTest {
  readonly outcome: DeliveryOutcome;
  readonly tookMs: number;
}

/**
 * Delivers a sample, signed and checked as any message; nothing is stored of it.
 * @throws {TopicNotFound} {SubscriptionNotFound} {NotWebhook}
 */
export async function testWebhook(engine: Engine, topicName: string, name: string): Promise<WebhookTest> {
  const { clock, subscriber } = engine;
  const reader = await findSubscription(engine, topicName, name);
  checkWebhook(reader);
  const startedMs = clock.nowMs();
  const outcome = await subscriber.deliver(reader, [sample(engine)]);
  return { outcome, tookMs: clock.nowMs() - startedMs };
}

function sample({ clock, random }: Engine): Handed {
  const nowMs = clock.nowMs();
  return {
    id: `test-${random.nonce()}`,
    partition: 0,
    offset: 0,
    publishedAtMs: nowMs,
    body: '{"test":true}',
    contentType: JSON_TYPE,
    tag: "test",
    receipt: "",
    attempt: 1,
    firstReceivedAtMs: nowMs,
  };
}

function checkWebhook({ subscription: { name, target } }: Reader): void {
  if (target.type !== "https") throw new NotWebhook(name, target.type);
}

function checkOwnSecret({ subscription: { target } }: Reader): void {
  if (target.type !== "https" || target.secretArn === undefined) return;
  const detail = "is signed with a secret of Secrets Manager: rotate it there";
  throw new InvalidRequest([{ path: "subscription", detail }]);
}
