import {
  SUBSCRIPTION_DEFAULTS,
  type SubscriptionSettings,
  subscriptionKey,
} from "../../lib/domain/subscription.js";
import { isHold } from "../../lib/domain/progress/holds.js";
import { openSpans } from "../../lib/domain/progress/records.js";
import { findSubscription } from "../../lib/operations/lookup.js";
import type { Engine } from "../../lib/operations/engine.js";
import { subscriptionState } from "../../lib/operations/manage/subscription-state.js";
import { type Consumption, ack, bodies, receive, settleAs, withAudit } from "./a-consumer.js";
import type { Clock } from "../../lib/domain/ports/clock.js";
import { aText, publishTexts } from "./a-deployment.js";

export const HELD_HOURS = 24;
export const HOUR_MS = 3_600_000;

/** Bodies begin with their key. */
export const publishOf = async (engine: Engine, ...names: readonly string[]): Promise<readonly string[]> =>
  await publishTexts(engine, "orders", ...names.map((body) => aText(body, { key: body.slice(0, 1) })));

/**
 * A subscription that holds, in which "a1" is a dead letter, "a2" and "a3" wait for it, and "b1" is done.
 */
export async function withHeld(subscription: Partial<SubscriptionSettings> = {}) {
  const audit = await withAudit({
    topic: { ordering: "key", partitions: 1, retentionSeconds: 30 * 86_400 },
    subscription: {
      retry: { ...SUBSCRIPTION_DEFAULTS.retry, maxAttempts: 1 },
      deadLetter: { retentionSeconds: HELD_HOURS * 3_600, onDeadLetter: "hold" },
      ...subscription,
    },
  });
  const { engine } = audit;
  const ids = await publishOf(engine, "a1", "a2", "a3", "b1");
  const [first] = await receive(engine, 1);
  await settleAs(engine, [first], { outcome: "reject", error: "no such customer" });
  const seen = await comesNow(engine);
  if (seen.join() !== "b1") throw new Error(`not held: ${seen.join()}`);
  const [a1 = "", a2 = "", a3 = ""] = ids;
  return { ...audit, a1, a2, a3 };
}

/** All that is handed out now, each acknowledged. */
export async function comesNow(engine: Engine): Promise<unknown[]> {
  const seen: unknown[] = [];
  for (let empty = 0; empty < 4;) {
    const handed = await receive(engine);
    empty = handed.length === 0 ? empty + 1 : 0;
    seen.push(...bodies(handed));
    await ack(engine, handed);
  }
  return seen;
}

export async function stateOf(engine: Engine) {
  const { busyKeys, heldKeys, deadLetters, retrying, inFlight } = await subscriptionState(
    engine,
    await findSubscription(engine, "orders", "audit"),
  );
  return { busyKeys, heldKeys, deadLetters, retrying, inFlight };
}

export const NOTHING_LEFT = { busyKeys: 0, heldKeys: 0, deadLetters: 0, retrying: 0, inFlight: 0 };

/** Records in which a dead letter holds a key, void ones too. */
export async function holdsIn({ storage, engine }: Pick<Consumption<Clock>, "storage" | "engine">) {
  const { subscription } = await findSubscription(engine, "orders", "audit");
  const records = storage.progress.get(subscriptionKey(subscription))?.records() ?? [];
  return records.filter((record) => openSpans(record).some(isHold));
}
