import { SluiceError, TopicNotFound, TopicPaused } from "../../domain/errors.js";
import { invariant } from "../../domain/invariant.js";
import type { MessageContent } from "../../domain/message.js";
import type { Parcel, ParcelResult } from "../../domain/parcel.js";
import { type Topic, publishIsPaused } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import type { Together } from "../gathering.js";
import { findTopic } from "../lookup.js";
import { appendMessages } from "./append-messages.js";

/** A larger parcel fills a slot well enough alone, and nobody waits for it. */
const PARCEL_LIMIT_BYTES = 64 * 1024;
const PARCEL_LIMIT_MESSAGES = 100;
/** The limits of a slot that several publishes share. */
const PACK_LIMIT_BYTES = 1024 * 1024;
const PACK_LIMIT_MESSAGES = 1_000;
/**
 * A slot in S3 takes several times as long as an inline one. So parcels go inline as long as no more of them wait than
 * these inline slots take.
 */
const INLINE_SLOTS = 4;

export const isPackable = ({ contents, sizeBytes }: Parcel): boolean =>
  sizeBytes <= PARCEL_LIMIT_BYTES && contents.length <= PARCEL_LIMIT_MESSAGES;

/** Appends a parcel, together with those of other publishes that are in flight in this process. */
export const appendPacked = (
  engine: Engine,
  topic: Topic,
  parcel: Parcel,
  partition: number | undefined,
): Promise<ParcelResult> =>
  engine.packs.join(`${topic.uid}#${partition ?? "any"}`, parcel, packing(engine, topic, partition));

function packing(
  engine: Engine,
  topic: Topic,
  partition: number | undefined,
): Together<Parcel, ParcelResult> {
  /** What became of a byte in the last slot: nothing is known before. */
  let share = 1;
  return {
    count: (waiting) => countFor(waiting, engine.settings.inlineLimitBytes / share),
    carryOut: async (parcels) => {
      const current = await currentOf(engine, topic);
      if (current instanceof SluiceError) return parcels.map(() => current);
      const packed = await appendTogether(parcels, appending(engine, current, partition));
      share = shareOf(parcels, packed) ?? share;
      return packed;
    },
  };
}

/** The oldest parcels that share a slot: one at least. */
export function countFor(waiting: readonly Parcel[], inlineBytes: number): number {
  const allBytes = sizeOf(waiting);
  const limitBytes =
    allBytes > INLINE_SLOTS * inlineBytes ? PACK_LIMIT_BYTES : Math.min(inlineBytes, PACK_LIMIT_BYTES);
  let [bytes, messages] = [0, 0];
  const end = waiting.findIndex(({ contents, sizeBytes }) => {
    bytes += sizeBytes;
    messages += contents.length;
    return bytes > limitBytes || messages > PACK_LIMIT_MESSAGES;
  });
  return end < 0 ? waiting.length : Math.max(1, end);
}

const sizeOf = (parcels: readonly Parcel[]): number =>
  parcels.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

/** The topic as it is now: it may have been paused or deleted while the parcels waited. */
export async function currentOf(engine: Engine, { name, uid }: Topic): Promise<Topic | SluiceError> {
  try {
    const topic = await findTopic(engine, name);
    // These publishes were for the topic that was deleted.
    if (topic.uid !== uid) return new TopicNotFound(name);
    return publishIsPaused(topic) ? new TopicPaused(name) : topic;
  } catch (error) {
    if (error instanceof SluiceError) return error;
    throw error;
  }
}

/** What a slot's append gives to the parcel whose messages are the `count` from `from` on. */
export type Share = (from: number, count: number) => ParcelResult;

/**
 * One slot for all of them. If it is refused for good, it is split in halves, so that a parcel fails only by its own
 * fault. An unknown outcome is unknown for each of them.
 */
export async function appendTogether(
  parcels: readonly Parcel[],
  append: (contents: readonly MessageContent[]) => Promise<Share | SluiceError>,
): Promise<readonly ParcelResult[]> {
  const outcome = await append(parcels.flatMap(({ contents }) => contents));
  if (outcome instanceof SluiceError) {
    if (outcome.retryAfterMs !== undefined || parcels.length === 1) return parcels.map(() => outcome);
    const half = Math.ceil(parcels.length / 2);
    const halves = [parcels.slice(0, half), parcels.slice(half)];
    const packed: ParcelResult[] = [];
    for (const one of halves) packed.push(...(await appendTogether(one, append)));
    return packed;
  }
  let next = 0;
  return parcels.map(({ contents }) => {
    const from = next;
    next += contents.length;
    return outcome(from, contents.length);
  });
}

const appending =
  (engine: Engine, topic: Topic, partition: number | undefined) =>
  async (contents: readonly MessageContent[]): Promise<Share | SluiceError> => {
    const outcome = await appendMessages(engine, topic, contents, partition);
    if (outcome instanceof SluiceError) return outcome;
    invariant(outcome.slot.count === contents.length, "a slot holds what was packed into it");
    return (from) => ({ ...outcome, from });
  };

/** How much smaller than its messages the slot was that all of them share; undefined if they do not share one. */
function shareOf(parcels: readonly Parcel[], packed: readonly ParcelResult[]): number | undefined {
  const [first] = packed;
  const sizeBytes = sizeOf(parcels);
  if (!first || !("slot" in first) || sizeBytes === 0) return undefined;
  const { count, content } = first.slot;
  const all = parcels.reduce((sum, { contents }) => sum + contents.length, 0);
  if (count !== all) return undefined;
  return (content.kind === "inline" ? content.bytes.length : content.sizeBytes) / sizeBytes;
}
