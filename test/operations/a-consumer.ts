import type { MemoryClock } from "../../lib/adapters/memory/clock.js";
import type { Clock } from "../../lib/domain/ports/clock.js";
import type { SubscriptionSettings } from "../../lib/domain/subscription.js";
import type { TopicSettings } from "../../lib/domain/topic.js";
import type { Engine } from "../../lib/operations/engine.js";
import { type ReceiveRequest, receiveWaiting } from "../../lib/operations/consume/receive.js";
import { type SettleResult, type Settlement, settle } from "../../lib/operations/consume/settle.js";
import { putSubscription } from "../../lib/operations/manage/subscriptions.js";
import { putTopic } from "../../lib/operations/manage/topics.js";
import { type Deployment, aDeployment, aText, aTimedDeployment, publishTexts } from "./a-deployment.js";
import type { Handed } from "../../lib/domain/handed.js";

/** A deployment with a topic "orders" and a pull subscription "audit" to all of it, and one process at work. */
export type Consumption<C extends Clock> = Deployment<C> & { readonly engine: Engine };

interface ConsumptionSettings {
  readonly topic?: Partial<TopicSettings>;
  readonly subscription?: Partial<SubscriptionSettings>;
}

async function prepared<C extends Clock>(
  deployment: Deployment<C>,
  { topic = {}, subscription = {} }: ConsumptionSettings,
): Promise<Consumption<C>> {
  const engine = deployment.process();
  await putTopic(engine, "orders", topic);
  await putSubscription(engine, "orders", "audit", { from: "earliest", ...subscription });
  return { ...deployment, engine };
}

/** Its sleepers move the clock. */
export const withAudit = (settings: ConsumptionSettings = {}, seed?: number) =>
  prepared(aDeployment(seed), settings);
/** Its test moves the clock. */
export const withTimedAudit = (
  settings: ConsumptionSettings = {},
  seed?: number,
): Promise<Consumption<MemoryClock>> => prepared(aTimedDeployment(seed), settings);

/** Publishes each body as a slot of its own, and gives the ids. */
export async function publishEach(engine: Engine, ...bodies: readonly string[]): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const body of bodies) ids.push(...(await publishTexts(engine, "orders", aText(body))));
  return ids;
}

export const publishTogether = (engine: Engine, ...bodies: readonly string[]): Promise<readonly string[]> =>
  publishTexts(engine, "orders", ...bodies.map((body) => aText(body)));

export const receive = (
  engine: Engine,
  maxMessages = 10,
  request: Partial<ReceiveRequest & { waitSeconds: number }> = {},
): Promise<readonly Handed[]> =>
  receiveWaiting(engine, "orders", "audit", { maxMessages, waitSeconds: 0, ...request });

export const bodies = (messages: readonly Handed[]) => messages.map(({ body }) => body);

/** What becomes of one message. */
export type Outcome =
  | { readonly outcome: "ack" }
  | { readonly outcome: "retry"; readonly delaySeconds?: number; readonly error?: string }
  | { readonly outcome: "reject"; readonly error?: string }
  | { readonly outcome: "extend"; readonly ackDeadlineSeconds: number };

export const settleAs = async (
  engine: Engine,
  messages: readonly (Handed | undefined)[],
  outcome: Outcome,
): Promise<readonly string[]> =>
  await settleEach(
    engine,
    messages.map((message) => [message, outcome] as const),
  );

/** Settles in one request; gives `ok` or the code of the error of each. */
export async function settleEach(
  engine: Engine,
  pairs: readonly (readonly [Handed | undefined, Outcome])[],
): Promise<readonly string[]> {
  const settlements = pairs.map(([message, outcome]): Settlement => ({
    receipt: message?.receipt ?? "",
    ...outcome,
  }));
  return (await settle(engine, "orders", "audit", settlements)).map(codeOf);
}

const codeOf = (result: SettleResult): string => (result.kind === "ok" ? "ok" : result.error.code);

export const ack = (engine: Engine, messages: readonly (Handed | undefined)[]) =>
  settleAs(engine, messages, { outcome: "ack" });
/** Sends them back: at once, or after a while. */
export const retry = (
  engine: Engine,
  messages: readonly (Handed | undefined)[],
  delaySeconds?: number,
): Promise<readonly string[]> =>
  settleAs(
    engine,
    messages,
    delaySeconds === undefined
      ? { outcome: "extend", ackDeadlineSeconds: 0 }
      : { outcome: "retry", delaySeconds },
  );

/** Bodies of all that is handed out now, acknowledged. */
export async function drained(engine: Engine): Promise<unknown[]> {
  const seen: unknown[] = [];
  for (;;) {
    const handed = await receive(engine, 100);
    if (handed.length === 0) return seen;
    seen.push(...bodies(handed));
    await ack(engine, handed);
  }
}
