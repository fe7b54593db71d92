import type { Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import { retryOf } from "../consume/lease.js";
import { type Settlement, settleLeases } from "../consume/settle.js";
import type { Handed } from "../../domain/handed.js";
import type { DeliveryOutcome } from "../../domain/delivery-outcome.js";
import type { Reader } from "../../domain/reader.js";
import type { LeasedBatch, OwnedBatch } from "./batch.js";

/** Delivers what a lease stands behind, and settles it as any consumer would. */
export async function deliverLeased(
  engine: Engine,
  { topic, subscription }: Reader,
  { handed }: LeasedBatch,
): Promise<void> {
  const failed = await failedOf(engine, { topic, subscription }, handed);
  const settlements = handed.map(({ id, receipt }): Settlement =>
    failed.has(id)
      ? { receipt, outcome: "retry", delaySeconds: subscription.ackDeadlineSeconds }
      : { receipt, outcome: "ack" },
  );
  await settleLeases(engine, { topic, subscription }, settlements);
}

/** Delivers what the pump owns; the outcome waits for the next commit, unless the head went on without it. */
export async function deliverOwned(
  engine: Engine,
  { topic, subscription }: Reader,
  batch: OwnedBatch,
): Promise<void> {
  const failed = await failedOf(engine, { topic, subscription }, batch.handed);
  batch.failed = batch.entries.filter(({ message }) => failed.has(message.id));
  if (batch.state === "pending") batch.state = "done";
  else if (batch.state === "leased") await endLease(engine, subscription, batch);
}

/** The straggler is in: its lease goes, and what failed becomes a retry in the same transaction. */
async function endLease(
  { progress, ...rest }: Engine,
  subscription: Subscription,
  batch: OwnedBatch,
): Promise<void> {
  const engine = { progress, ...rest };
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
  const dueMs = engine.clock.nowMs() + subscription.ackDeadlineSeconds * 1_000;
  const retry = retryOf(engine, lease.partition, lease.epoch, spans, dueMs);
  await progress.move(subscription, { remove: [lease], put: [retry] });
}

/** The ids of the messages that have to be handed out again. */
async function failedOf(
  engine: Engine,
  { topic, subscription }: Reader,
  handed: readonly Handed[],
): Promise<ReadonlySet<string>> {
  const outcome = await engine.subscriber.deliver({ topic, subscription }, handed);
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
    engine.telemetry.event("delivery-failed", "warn", fields);
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
