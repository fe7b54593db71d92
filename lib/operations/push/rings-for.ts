import { mayMatch } from "../../domain/filter/evaluate.js";
import { type MessageView, viewOf } from "../../domain/filter/view.js";
import type { Doorbell } from "../../domain/pump-start.js";
import { headerOf } from "../../domain/slot-header.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import { compiledFilter } from "../filter-in-force.js";

/** A topic with more text of filters wakes its pumps unasked: the list of its subscriptions stays one small read. */
const FILTERS_CHARACTERS = 65_536;
/** Filters times messages that one batch of doorbells may take to judge: some tenths of a second. */
const EVALUATIONS_AT_MOST = 100_000;

/**
 * Selects the subscriptions that may want something of what rang, by the headers that the stream shows. Only what a
 * header proves to be unwanted wakes nobody: a doorbell without one, or whose messages' fields did not fit, is for all.
 */
export function ringsFor(
  engine: Engine,
  bells: readonly Doorbell[],
  subscriptions: readonly Subscription[],
): (subscription: Subscription) => boolean {
  const filtered = subscriptions.filter(({ filter }) => filter !== undefined);
  const views = filtered.length === 0 ? undefined : viewsOf(bells);
  if (!views || isTooMuch(engine, filtered, views)) return () => true;
  return ({ filter: text }) => {
    const filter = text === undefined ? undefined : compiledFilter(engine, text);
    return filter === undefined || views.some((view) => mayMatch(filter, view));
  };
}

/** All messages that rang; undefined if they cannot be told. */
function viewsOf(bells: readonly Doorbell[]): readonly MessageView[] | undefined {
  const views: MessageView[] = [];
  for (const { slot } of bells) {
    const headers = slot ? headerOf(slot) : "open-it";
    if (headers === "open-it") return undefined;
    views.push(...headers.map(viewOf));
  }
  return views;
}

function isTooMuch(
  { telemetry }: Engine,
  filtered: readonly Subscription[],
  views: readonly MessageView[],
): boolean {
  const characters = filtered.reduce((sum, { filter = "" }) => sum + filter.length, 0);
  if (characters <= FILTERS_CHARACTERS && filtered.length * views.length <= EVALUATIONS_AT_MOST) return false;
  const fields = {
    topic: filtered[0]?.topic.name,
    filters: filtered.length,
    characters,
    messages: views.length,
  };
  telemetry.event("doorbell-for-all", "info", fields);
  return true;
}
