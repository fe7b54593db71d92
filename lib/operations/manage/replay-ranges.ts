import { InvalidRequest } from "../../domain/errors.js";
import type { Reader } from "../../domain/reader.js";
import type { ReplayRange, ReplaySelection } from "../../domain/replay-job.js";
import type { StartFrom } from "../../domain/subscription.js";
import { partitionFor } from "../../domain/topic.js";
import { cursorIn } from "../consume/known-cursors.js";
import type { Engine } from "../engine.js";
import { type StartOptions, startingPlaces } from "../log/starting-places.js";

/** Which part of the log a replay is to read. */
export interface ReplayBounds {
  readonly from: Exclude<StartFrom, "latest">;
  /** With what was published at that time, or that message. undefined: all that the subscription has passed. */
  readonly to?: Exclude<StartFrom, "earliest" | "latest">;
}

const BEGINNING = { head: 0, slotBase: 0 };

/**
 * The places of the log between two bounds that the subscription has passed: what lies ahead of it comes anyway. With
 * ordering and a key, those of the key's partition.
 * @throws {InvalidRequest} for a bound in the future, or that is no message of the topic, or for none between them
 */
export async function replayRanges(
  engine: Engine,
  { topic, subscription }: Reader,
  { from, to }: ReplayBounds,
  { key }: ReplaySelection,
): Promise<readonly ReplayRange[]> {
  if (isTime(from) && isTime(to) && from.timeMs > to.timeMs)
    throw new InvalidRequest([{ path: "from", detail: 'must not lie after "to"' }]);
  const only = partitionFor(topic, key);
  const options: StartOptions = only === undefined ? {} : { only };
  const stored = await engine.progress.cursors(subscription, { consistent: true });
  const inUse =
    only === undefined ? [...(await engine.log.anchors(topic, { consistent: true })).keys()] : [only];
  const starts = await startingPlaces(engine, topic, from, options);
  const ends = to && (await startingPlaces(engine, topic, to, { ...options, path: "to", isBehind: true }));
  return inUse
    .map((partition) => {
      const { head, slotBase } = starts[partition] ?? BEGINNING;
      const passed = cursorIn(subscription, partition, stored.get(partition)).head;
      const end = ends ? (ends[partition]?.head ?? 0) : Infinity;
      return { partition, from: head, slotBase, to: Math.min(passed, end) };
    })
    .filter((range) => range.from < range.to)
    .sort((one, other) => one.partition - other.partition);
}

const isTime = (bound: StartFrom | undefined): bound is { readonly timeMs: number } =>
  typeof bound === "object" && "timeMs" in bound;
