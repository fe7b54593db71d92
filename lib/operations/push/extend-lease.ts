import type { SubscriptionRef } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";

/**
 * Moves the deadline of a running delivery's lease. One in which others of its key are parked is not extended as a
 * whole, since it must not be ended as a whole either: it is written anew. If something has changed it meanwhile, the
 * next renewal comes in time.
 */
export async function extendLease(
  { progress }: Pick<Engine, "progress">,
  subscription: SubscriptionRef,
  id: string,
  untilMs: number,
): Promise<void> {
  if ((await progress.extend(subscription, id, untilMs)) !== "kept") return;
  const lease = await progress.get(subscription, id);
  if (lease?.kind !== "lease" || lease.dueMs >= untilMs) return;
  if (!lease.spans.some(({ parkedUntilMs }) => parkedUntilMs !== undefined)) return;
  await progress.move(subscription, { put: [{ ...lease, dueMs: untilMs, version: lease.version + 1 }] });
}
