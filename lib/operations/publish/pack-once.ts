import { DEDUP_IDS_AT_MOST, dedupIdsOf } from "../../domain/dedup.js";
import { SluiceError } from "../../domain/errors.js";
import type { MessageContent } from "../../domain/message.js";
import type { Parcel, ParcelResult } from "../../domain/parcel.js";
import type { Topic } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { appendOnce } from "./append-once.js";
import { type Share, appendTogether, countFor, currentOf } from "./pack.js";

/**
 * Appends a parcel with dedupIds together with others that have some. Those without do not wait for their
 * transactions, and cannot fail by them.
 */
export const appendOncePacked = (
  engine: Engine,
  topic: Topic,
  parcel: Parcel,
  partition: number | undefined,
): Promise<ParcelResult> =>
  engine.packs.join(`${topic.uid}#${partition ?? "any"}#once`, parcel, {
    count: (waiting) =>
      Math.min(countFor(waiting, engine.settings.inlineLimitBytes), distinctIn(topic, waiting)),
    carryOut: async (parcels) => {
      const current = await currentOf(engine, topic);
      if (current instanceof SluiceError) return parcels.map(() => current);
      return await appendTogether(parcels, appendingOnce(engine, current, partition));
    },
  });

/** How many of the oldest have no dedupId twice, and no more than a transaction takes. A repeat waits for the next. */
function distinctIn(topic: Topic, waiting: readonly Parcel[]): number {
  const seen = new Set<string>();
  const end = waiting.findIndex(({ contents }) => {
    const ids = contents.flatMap((content) => dedupIdsOf(topic, content));
    if (ids.some((id) => seen.has(id))) return true;
    for (const id of ids) seen.add(id);
    return seen.size > DEDUP_IDS_AT_MOST;
  });
  return end < 0 ? waiting.length : Math.max(1, end);
}

/** An unknown outcome is unknown for each: a repeat finds what was stored. */
const appendingOnce =
  (engine: Engine, topic: Topic, partition: number | undefined) =>
  async (contents: readonly MessageContent[]): Promise<Share | SluiceError> => {
    const results = await appendOnce(engine, topic, contents, partition);
    return results instanceof SluiceError
      ? results
      : (from, count) => ({ each: results.slice(from, from + count) });
  };
