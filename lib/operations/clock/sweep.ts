import type { Reader } from "../../domain/reader.js";
import type { Topic } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { purgeGarbage } from "./purge-garbage.js";
import { pushSubscriptions, startIdlePumps } from "../push/start-pumps.js";
import { hasWork } from "../push/has-work.js";
import { MARGIN_MS } from "./margin.js";
const TOPICS_PAGE = 100;

/**
 * Looks after every push subscription: a doorbell that never rang and a pump that died cost no more than until here.
 */
export async function sweep(engine: Engine, { deadlineMs }: { deadlineMs: number }): Promise<void> {
  let cursor: string | undefined;
  do {
    const page = await engine.topics.list({ limit: TOPICS_PAGE, ...(cursor ? { cursor } : {}) });
    for (const topic of page.items) {
      if (engine.clock.nowMs() > deadlineMs - MARGIN_MS) return tooMuch(engine, topic);
      await sweepTopic(engine, topic);
    }
    cursor = page.nextCursor;
  } while (cursor);
  await purgeGarbage(engine, deadlineMs - MARGIN_MS);
}

function tooMuch({ telemetry }: Engine, topic: Topic): void {
  telemetry.event("sweep-unfinished", "warn", { stoppedBefore: topic.name });
}

/** One topic that cannot be swept keeps no other from it. */
export async function sweepTopic(engine: Engine, topic: Topic): Promise<void> {
  try {
    const pushed = await pushSubscriptions(engine, topic);
    await Promise.all(pushed.map((subscription) => sweepSubscription(engine, { topic, subscription })));
  } catch (error) {
    engine.telemetry.event("sweep-failed", "error", { topic: topic.name, error: String(error) });
  }
}

async function sweepSubscription(engine: Engine, { topic, subscription }: Reader): Promise<void> {
  if (await hasWork(engine, { topic, subscription }, () => true)) await startIdlePumps(engine, subscription);
}
