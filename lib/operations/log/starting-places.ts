import { InvalidRequest } from "../../domain/errors.js";
import { parseGivenId, parseMessageId } from "../../domain/message-id.js";
import { type Tail, nextOffset } from "../../domain/slot.js";
import type { Place } from "../../domain/place.js";
import { FUTURE_AT_MOST_MS, type StartFrom } from "../../domain/subscription.js";
import type { PartitionRef, Topic } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { addressOf } from "./address-of.js";
import { firstSlotBase } from "./first-slot.js";

export interface StartOptions {
  /** Where the place stands in the request, for errors: with `.id` or `.time` behind it, or alone. @default from */
  readonly path?: string;
  /** Whether the place is one text, be it an id or a time. */
  readonly isText?: boolean;
  /** The one partition that is asked for. @default all */
  readonly only?: number;
  /** Whether the places are those behind what was published at that time, or behind that message. */
  readonly isBehind?: boolean;
}

/**
 * Where a subscription or a reader starts in each partition that was ever used. A partition that is first used later is
 * read from its beginning.
 * @throws {InvalidRequest} for the id of a message that is not there, or a time in the future
 */
export async function startingPlaces(
  engine: Engine,
  topic: Topic,
  from: StartFrom,
  { path = "from", isText = false, only, isBehind = false }: StartOptions = {},
): Promise<Readonly<Record<number, Place>>> {
  if (from === "earliest") return {};
  if (typeof from === "object" && "timeMs" in from)
    refuseFuture(from.timeMs, engine.clock.nowMs(), isText ? path : `${path}.time`);
  const inUse =
    only === undefined ? [...(await engine.log.anchors(topic, { consistent: true })).keys()] : [only];
  const addressed =
    typeof from === "object" && "id" in from
      ? await atMessage(engine, topic, from.id, isText ? path : `${path}.id`)
      : undefined;
  const heads = await Promise.all(
    inUse.map(async (partition) => {
      const ref: PartitionRef = { topic, partition };
      if (from === "latest") return [partition, await afterTail(engine, ref)] as const;
      if (addressed?.partition === partition) {
        const { head, slotBase } = addressed.start;
        return [partition, { head: isBehind ? head + 1 : head, slotBase }] as const;
      }
      const timeMs = addressed ? addressed.publishedAtMs : (from as { timeMs: number }).timeMs;
      return [partition, await firstSince(engine, ref, isBehind ? timeMs + 1 : timeMs)] as const;
    }),
  );
  return Object.fromEntries(heads.flatMap(([partition, start]) => (start ? [[partition, start]] : [])));
}

/**
 * A caller whose clock is ahead of this one means now: so many messages lie behind that time as behind the latest one.
 * Who is further ahead is refused by AWS's signatures anyway.
 */
function refuseFuture(timeMs: number, nowMs: number, path: string): void {
  if (timeMs <= nowMs + FUTURE_AT_MOST_MS) return;
  const seconds = Math.ceil((timeMs - nowMs) / 1_000);
  const detail = `lies ${seconds} s in the future: use a time up to now, or "latest" for what is published next`;
  throw new InvalidRequest([{ path, detail }]);
}

/** Read during the request, so messages published after it lie behind this place. */
async function afterTail({ log }: Engine, partition: PartitionRef): Promise<Place | undefined> {
  const tail = await log.tail(partition);
  return tail && { head: nextOffset(tail), slotBase: nextOffset(tail) };
}

const GONE = "is the id of a message that has expired or never existed";

async function atMessage(engine: Engine, topic: Topic, id: string, path: string) {
  const refused = (detail: string): InvalidRequest => new InvalidRequest([{ path, detail }]);
  const named = parseMessageId(id)?.topic ?? { name: parseGivenId(id)?.topic, uid: topic.uid };
  if (named.name !== topic.name) throw refused(`is not the id of a message of topic "${topic.name}"`);
  if (named.uid !== topic.uid)
    throw refused(`is the id of a message of an earlier topic "${topic.name}", which was deleted`);
  const address = await addressOf(engine, topic, id);
  if (address === "too-far")
    throw refused("was not found in time: too much was published since it was due. Use a time instead");
  if (!address) throw refused(GONE);
  const { partition, offset } = address;
  const slot = await engine.log.slotAt({ topic, partition }, offset);
  if (!slot || offset >= nextOffset(slot)) throw refused(GONE);
  return { partition, publishedAtMs: slot.publishedAtMs, start: { head: offset, slotBase: slot.base } };
}

/** The place of the first slot published at `timeMs` or later; after the tail if there is none. */
async function firstSince(
  engine: Engine,
  partition: PartitionRef,
  timeMs: number,
): Promise<Place | undefined> {
  const tail = await engine.log.tail(partition);
  if (!tail) return undefined;
  const isSince = ({ publishedAtMs }: Tail): boolean => publishedAtMs >= timeMs;
  const head = (await firstSlotBase(engine, partition, tail, 0, isSince)) ?? nextOffset(tail);
  return { head, slotBase: head };
}
