import type { CountedTopic } from "../../domain/ports/topic-store.js";
import type { Roster } from "../../domain/roster.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Topic } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { allPushed } from "./start-pumps.js";

/** While subscriptions are made one after the other, most rosters would be out of date before anybody reads them. */
const KEPT_AT_LEAST_MS = 60_000;

export interface Pushed {
  readonly subscriptions: readonly Subscription[];
  /** To be kept: other processes then need not list them. */
  readonly unkept?: Roster;
}

/**
 * The topic's push subscriptions, paused or not: what this process knows, or else the roster, or else the list. The
 * count of changes says whether it is right. It is read first, so a list may be newer than its count, never older.
 */
export async function pushedTo(engine: Engine, counted: CountedTopic): Promise<Pushed> {
  const { caches } = engine;
  const { topic, subscriptionChanges: changes } = counted;
  const known = caches.pushed.get(topic.uid);
  if (known?.changes === changes) return known;
  const found = await lookUp(engine, counted);
  caches.pushed.set(topic.uid, { changes, subscriptions: found.subscriptions }, sizeOf(found.subscriptions));
  return found;
}

async function lookUp(
  engine: Engine,
  { topic, subscriptions: count, subscriptionChanges: changes }: CountedTopic,
): Promise<Pushed> {
  if (count < engine.settings.rosterFrom) return { subscriptions: await allPushed(engine, topic) };
  const kept = await rosterOf(engine, topic);
  if (kept?.changes === changes) return kept;
  const subscriptions = await allPushed(engine, topic);
  const keptAtMs = engine.clock.nowMs();
  const isSoon = kept !== undefined && Math.abs(keptAtMs - kept.keptAtMs) < KEPT_AT_LEAST_MS;
  return isSoon ? { subscriptions } : { subscriptions, unkept: { changes, keptAtMs, subscriptions } };
}

/** A filter takes memory too: so much of it counts as a starting place. */
const FILTER_CHARACTERS_A_PLACE = 100;

const sizeOf = (subscriptions: readonly Subscription[]): number =>
  subscriptions.reduce(
    (sum, { startingPlaces, filter = "" }) =>
      sum + 10 + Object.keys(startingPlaces).length + filter.length / FILTER_CHARACTERS_A_PLACE,
    0,
  );

/** A roster only saves reads: without it the subscriptions are listed. */
async function rosterOf({ subscriptions, telemetry }: Engine, topic: Topic): Promise<Roster | undefined> {
  try {
    return await subscriptions.roster(topic);
  } catch (error) {
    telemetry.event("roster-failed", "warn", { topic: topic.name, error: String(error) });
    return undefined;
  }
}

/** Keeps what had to be listed, as far as possible. */
export async function keepRoster(
  { subscriptions, telemetry }: Engine,
  topic: Topic,
  { unkept }: Pushed,
): Promise<void> {
  if (!unkept) return;
  try {
    await subscriptions.keepRoster(topic, unkept);
  } catch (error) {
    telemetry.event("roster-failed", "warn", { topic: topic.name, error: String(error) });
  }
}
