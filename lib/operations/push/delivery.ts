import type { DeliveryOutcome, Handed } from "../../domain/ports/subscriber.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Topic } from "../../domain/topic.js";
import type { Instance } from "../engine.js";
import { retryOf } from "../consume/lease.js";
import { type Settlement, settleLeases } from "../consume/settle.js";
import type { OwnedBatch } from "./owned-partition.js";
import type { LeasedBatch } from "./session.js";

/** Delivers what a lease stands behind, and settles it as any consumer would. */
export async function deliverLeased(
  instance: Instance,
  topic: Topic,
  subscription: Subscription,
  { handed }: LeasedBatch,
): Promise<void> {
  const failed = await failedOf(instance, topic, subscription, handed);
  const settlements = handed.map(({ id, receipt }): Settlement =>
    failed.has(id)
      ? { receipt, outcome: "retry", delaySeconds: subscription.ackDeadlineSeconds }
      : { receipt, outcome: "ack" },
  );
  await settleLeases(instance, topic, subscription, settlements);
}

/** Delivers what the pump owns; the outcome waits for the next commit, unless the head went on without it. */
export async function deliverOwned(
  instance: Instance,
  topic: Topic,
  subscription: Subscription,
  batch: OwnedBatch,
): Promise<void> {
  const failed = await failedOf(instance, topic, subscription, batch.handed);
  batch.failed = batch.entries.filter(({ message }) => failed.has(message.id));
  if (batch.state === "pending") batch.state = "done";
  else if (batch.state === "leased") await endLease(instance, subscription, batch);
}

/** The straggler is in: its lease goes, and what failed becomes a retry in the same transaction. */
async function endLease(
  { progress, ...rest }: Instance,
  subscription: Subscription,
  batch: OwnedBatch,
): Promise<void> {
  const instance = { progress, ...rest };
  const lease = batch.lease && (await progress.get(subscription, batch.lease.id));
  if (lease?.kind !== "lease") return;
  if (batch.failed.length === 0) {
    await progress.finish(subscription, lease.id);
    return;
  }
  const failed = new Set(batch.failed.map(({ message }) => message.offset));
  const spans = lease.spans.flatMap((span) =>
    batch.failed
      .filter(
        ({ message }) =>
          message.offset >= span.from && message.offset < span.to && failed.has(message.offset),
      )
      .map(({ message, slotBase }) => ({ ...span, from: message.offset, to: message.offset + 1, slotBase })),
  );
  const dueMs = instance.clock.nowMs() + subscription.ackDeadlineSeconds * 1_000;
  const retry = retryOf(instance, lease.partition, lease.epoch, spans, dueMs);
  await progress.move(subscription, { remove: [lease], put: [retry] });
}

/** The ids of the messages that have to be handed out again. */
async function failedOf(
  instance: Instance,
  topic: Topic,
  subscription: Subscription,
  handed: readonly Handed[],
): Promise<ReadonlySet<string>> {
  const outcome = await instance.subscriber.deliver(subscription, subscription.target, handed);
  const failed = failedIds(outcome, handed);
  if (failed.size > 0) {
    const error = outcome.kind === "answered" ? "partial batch failure" : outcome.error;
    const { name } = subscription;
    const fields = {
      topic: topic.name,
      subscription: name,
      kind: outcome.kind,
      messages: failed.size,
      error,
    };
    instance.telemetry.event("delivery-failed", "warn", fields);
  }
  return topic.ordering === "key" ? withFollowers(handed, failed) : failed;
}

function failedIds(outcome: DeliveryOutcome, handed: readonly Handed[]): ReadonlySet<string> {
  return outcome.kind === "answered" ? outcome.failedIds : new Set(handed.map(({ id }) => id));
}

/** With ordering, all after the first failure of the same key count as failed. */
export function withFollowers(handed: readonly Handed[], failed: ReadonlySet<string>): ReadonlySet<string> {
  const held = new Set<string>();
  const all = new Set<string>();
  for (const { id, key } of handed) {
    if (!failed.has(id) && !(key !== undefined && held.has(key))) continue;
    all.add(id);
    if (key !== undefined) held.add(key);
  }
  return all;
}
