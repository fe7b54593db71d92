import { InvalidRequest, TopicNotFound } from "../../../lib/domain/errors.js";
import { isUnreadable } from "../../../lib/domain/reading.js";
import type { StartFrom } from "../../../lib/domain/subscription.js";
import { readMessages } from "../../../lib/operations/read/read-messages.js";
import type { Followed } from "../checkers/reading-checker.js";
import type { Deployment } from "../deployment.js";
import type { Functions } from "./functions.js";

/** Somebody who reads a topic without a subscription, and keeps the place himself. */
export interface ReaderPlan {
  readonly topic: string;
  readonly from: "earliest" | "latest";
  readonly limit: number;
  readonly maxBytes: number;
  /** One key alone; default: all. */
  readonly key?: string;
  /** Its chance to lose what it noted last, and to go on from the place before. */
  readonly forgets: number;
  /** Its chance to stay away for longer than messages are kept. */
  readonly leaves: number;
}

const PAUSE_FROM_MS = 100;
const PAUSE_UP_TO_MS = 240_000;
/** Once the faults have stopped: nothing lasts long any more. */
const HEALTHY_PAUSE_MS = 20_000;
const AWAY_MS = 4_000_000;
const AWAY_PARTS = 80;
/** With ten bytes for what is told of an unreadable one. */
const TOLD_BYTES = 10;

/** What is noted after a page: where it goes on, and what had been seen by then. */
interface Noted {
  readonly cursor: string;
  readonly followed: Followed;
}

export async function follow(
  deployment: Deployment,
  functions: Functions,
  plan: ReaderPlan,
  phase: { isOver: boolean; isHealthy: boolean },
): Promise<void> {
  const { world, monitor } = deployment;
  let noted: Noted | undefined;
  let before: Noted | undefined;
  let pauseMs = PAUSE_FROM_MS;
  let { from }: { from: StartFrom } = plan;
  while (!phase.isOver) {
    const sinceMs = world.nowMs;
    const at = noted ? { cursor: noted.cursor } : { from };
    const ended = await functions.invoke(
      "api",
      (engine) => readMessages(engine, plan.topic, request(deployment, plan, at)),
      "read",
    );
    if (ended.kind === "answered") {
      const { value } = ended;
      const followed = monitor.readings.read(plan, noted?.followed, { ...value, from, sinceMs });
      before = noted;
      noted = { cursor: value.nextCursor, followed };
      pauseMs = value.messages.length > 0 ? PAUSE_FROM_MS : Math.min(PAUSE_UP_TO_MS, pauseMs * 2);
      monitor.readings.noted(plan, followed);
    } else if (ended.kind === "failed" && isOfAnother(ended.error)) {
      // The topic was deleted: of the next one of its name all is new.
      if (noted) from = "earliest";
      [noted, before] = [undefined, undefined];
      monitor.readings.noted(plan, undefined);
    }
    if (before && !phase.isHealthy && world.chance(plan.forgets)) {
      world.count("reader-goes-back");
      [noted, before] = [before, undefined];
      monitor.readings.noted(plan, noted.followed);
    }
    if (world.chance(plan.leaves))
      for (const backMs = world.nowMs + AWAY_MS; world.nowMs < backMs && !phase.isHealthy;)
        await world.sleep(AWAY_MS / AWAY_PARTS);
    await world.sleep(world.between(1, phase.isHealthy ? Math.min(pauseMs, HEALTHY_PAUSE_MS) : pauseMs));
  }
}

const request = (
  { world }: Deployment,
  { key, limit, maxBytes }: ReaderPlan,
  at: { readonly cursor: string } | { readonly from: StartFrom },
): Parameters<typeof readMessages>[2] => ({
  ...{ at, limit, maxBytes },
  selection: key === undefined ? {} : { key },
  waitSeconds: world.between(0, 2),
  sizeOf: (message) => (isUnreadable(message) ? TOLD_BYTES : message.body.length),
});

const isOfAnother = (error: unknown): boolean =>
  error instanceof InvalidRequest || error instanceof TopicNotFound;
