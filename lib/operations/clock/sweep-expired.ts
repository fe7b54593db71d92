import { laneName } from "../../domain/lane.js";
import type { Reader } from "../../domain/reader.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Topic } from "../../domain/topic.js";
import { passExpired } from "../consume/pass-expired.js";
import type { Engine } from "../engine.js";

const PAGE = 100;

/**
 * Counts the messages that expired unread ahead of a topic's subscriptions, pull subscriptions included: while nobody
 * consumes, nobody else counts them. A subscription that fails does not cost the others their turn.
 */
export async function sweepExpired(engine: Engine, topic: Topic): Promise<void> {
  let cursor: string | undefined;
  try {
    do {
      const page = await engine.subscriptions.list(topic, { limit: PAGE, ...(cursor ? { cursor } : {}) });
      for (const subscription of page.items) await countOf(engine, { topic, subscription });
      cursor = page.nextCursor;
    } while (cursor);
  } catch (error) {
    tell(engine, { topic: topic.name }, error);
  }
}

async function countOf(engine: Engine, reader: Reader): Promise<void> {
  const { topic, subscription } = reader;
  try {
    if (await isPumped(engine, subscription)) return;
    await passExpired(engine, reader);
  } catch (error) {
    tell(engine, { topic: topic.name, subscription: subscription.name }, error);
  }
}

/**
 * A pump that owns its heads counts by itself. If another process moved those heads, the pump would lose track of what
 * it has delivered.
 */
async function isPumped({ locks, clock }: Engine, subscription: Subscription): Promise<boolean> {
  if (subscription.target.type === "pull") return false;
  const heldUntilMs = await locks.heldUntilMs(laneName({ subscription, lane: 0 }));
  return heldUntilMs !== undefined && heldUntilMs > clock.nowMs();
}

const tell = ({ telemetry }: Engine, names: Readonly<Record<string, string>>, error: unknown): void =>
  telemetry.event("sweep-failed", "error", { round: "expired", ...names, error: String(error) });
