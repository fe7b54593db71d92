import { InvalidRequest } from "../../domain/errors.js";
import type { Page, PageRequest } from "../../domain/page.js";
import { type Round, type RoundPlace, isDue } from "../../domain/round.js";
import type { Engine } from "../engine.js";

const PAGE = 100;

/** What a round visits: the items of a list that is sorted by name. */
export interface Route<T> {
  readonly list: (page: PageRequest) => Promise<Page<T>>;
  readonly nameOf: (item: T) => string;
  /** Must not throw: an item that fails must not cost the others their turn. */
  readonly visit: (item: T) => Promise<void>;
}

/** A round: what it visits, how often, and how far it has come. */
export interface Going<T> extends Route<T> {
  readonly name: string;
  readonly everyMs: number;
  readonly round: Round | undefined;
  /** The most visits of one run. @default as many as there is time for */
  readonly atMost?: number;
  /** Called before each visit with the round's place after it. `false`: another process continues the round. */
  readonly keep: (round: Round) => Promise<boolean>;
  readonly untilMs: number;
}

/**
 * Continues a round where it stopped, then begins the next one if that is due. So the last topics get their turn,
 * however short the time is. Returns how far the round has come.
 */
export async function goRound<T>(engine: Engine, going: Going<T>): Promise<Round | undefined> {
  const resumed = going.round?.place ? await visitFrom(engine, going, going.round) : going.round;
  if (resumed?.place || !isDue(resumed, going.everyMs, engine.clock.nowMs())) return resumed;
  return await visitFrom(engine, going, { beganAtMs: engine.clock.nowMs() });
}

const NOT_BEGUN: Round = { beganAtMs: 0 };

async function visitFrom<T>(engine: Engine, going: Going<T>, round: Round): Promise<Round> {
  const stopped = await visitAll(engine, going, round);
  if (stopped === "over") return { beganAtMs: round.beganAtMs };
  if (engine.clock.nowMs() > going.untilMs)
    engine.telemetry.event("sweep-unfinished", "warn", { round: going.name, stoppedBefore: stopped.before });
  return stopped.place ? { beganAtMs: round.beganAtMs, place: stopped.place } : NOT_BEGUN;
}

type Stopped = "over" | { readonly before: string; readonly place: RoundPlace | undefined };

/** Visits the items by name, from the round's place on, as long as there is time. */
async function visitAll<T>(
  engine: Engine,
  going: Going<T>,
  { beganAtMs, place: from }: Round,
): Promise<Stopped> {
  let place = from;
  let cursor = from?.cursor;
  let left = going.atMost ?? Infinity;
  do {
    const page = await pageFrom(going.list, PAGE, cursor);
    for (const item of page.items) {
      const name = going.nameOf(item);
      if (place && name <= place.after) continue;
      if (engine.clock.nowMs() > going.untilMs || left-- <= 0) return { before: name, place };
      const next = { ...(cursor === undefined ? {} : { cursor }), after: name };
      if (!(await going.keep({ beganAtMs, place: next }))) return { before: name, place };
      await going.visit(item);
      place = next;
    }
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return "over";
}

/** A stored cursor may come from another version and not be readable: then starts from the beginning. */
export async function pageFrom<T>(
  list: Route<T>["list"],
  limit: number,
  cursor: string | undefined,
): Promise<Page<T>> {
  if (cursor === undefined) return await list({ limit });
  try {
    return await list({ limit, cursor });
  } catch (error) {
    if (!(error instanceof InvalidRequest)) throw error;
    return await list({ limit });
  }
}
