import { InvalidRequest } from "../../domain/errors.js";
import type { Page } from "../../domain/page.js";
import { type Round, type RoundPlace, isDue } from "../../domain/round.js";
import type { Topic } from "../../domain/topic.js";
import type { Engine } from "../engine.js";

const TOPICS_PAGE = 100;

/** A round over all topics: what to do at each, how often, and how far the round has come. */
export interface Going {
  readonly name: string;
  readonly everyMs: number;
  readonly round: Round | undefined;
  /** Must not throw: a topic that fails must not cost the others their turn. */
  readonly visit: (topic: Topic) => Promise<void>;
  /** Called before each visit with the round's place after it. `false`: another process continues the round. */
  readonly keep: (round: Round) => Promise<boolean>;
  readonly untilMs: number;
}

/**
 * Continues a round where it stopped, then begins the next one if that is due. So the last topics get their turn,
 * however short the time is. Returns how far the round has come.
 */
export async function goRound(engine: Engine, going: Going): Promise<Round | undefined> {
  const resumed = going.round?.place ? await visitFrom(engine, going, going.round) : going.round;
  if (resumed?.place || !isDue(resumed, going.everyMs, engine.clock.nowMs())) return resumed;
  return await visitFrom(engine, going, { beganAtMs: engine.clock.nowMs() });
}

const NOT_BEGUN: Round = { beganAtMs: 0 };

async function visitFrom(engine: Engine, going: Going, round: Round): Promise<Round> {
  const stopped = await visitAll(engine, going, round);
  if (stopped === "over") return { beganAtMs: round.beganAtMs };
  engine.telemetry.event("sweep-unfinished", "warn", { round: going.name, stoppedBefore: stopped.before });
  return stopped.place ? { beganAtMs: round.beganAtMs, place: stopped.place } : NOT_BEGUN;
}

type Stopped = "over" | { readonly before: string; readonly place: RoundPlace | undefined };

/** Visits the topics by name, from the round's place on, as long as there is time. */
async function visitAll(engine: Engine, going: Going, { beganAtMs, place: from }: Round): Promise<Stopped> {
  let place = from;
  let cursor = from?.cursor;
  do {
    const page = await pageAt(engine, cursor);
    for (const topic of page.items) {
      if (place && topic.name <= place.after) continue;
      if (engine.clock.nowMs() > going.untilMs) return { before: topic.name, place };
      const next = { ...(cursor === undefined ? {} : { cursor }), after: topic.name };
      if (!(await going.keep({ beganAtMs, place: next }))) return { before: topic.name, place };
      await going.visit(topic);
      place = next;
    }
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return "over";
}

/** A stored cursor may come from another version and not be readable: then starts from the beginning. */
async function pageAt({ topics }: Engine, cursor: string | undefined): Promise<Page<Topic>> {
  if (cursor === undefined) return await topics.list({ limit: TOPICS_PAGE });
  try {
    return await topics.list({ limit: TOPICS_PAGE, cursor });
  } catch (error) {
    if (!(error instanceof InvalidRequest)) throw error;
    return await topics.list({ limit: TOPICS_PAGE });
  }
}
