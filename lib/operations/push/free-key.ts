import type { Place } from "../../domain/place.js";
import { chainKey, keyHash } from "../../domain/progress/chains.js";
import type { Cursor } from "../../domain/progress/records.js";
import type { Reader } from "../../domain/reader.js";
import { type Offset, type Slot, nextOffset } from "../../domain/slot.js";
import { headerOf } from "../../domain/slot-header.js";
import { readFrom } from "../consume/left-out.js";
import type { Engine } from "../engine.js";
import { filterInForce } from "../filter-in-force.js";
import { liveSlots } from "../log/live-slots.js";
import { openSlot } from "../log/open-slot.js";
import { Sieve } from "../log/sieve.js";
import { isTrouble } from "../log/troubles.js";

/** So many messages are looked at for one whose key is free. If there is none, the partition waits for its keys. */
const LOOK_MESSAGES = 1_000;
const LOOKS_AT_MOST = 4;

/** What a pump finds ahead of the head of an ordered partition. */
export interface Ahead {
  /** Whether it can take something: anything whose key no record holds. */
  readonly isFree: boolean;
  /** If not: when the first of the records is due. */
  readonly dueMs: number;
}

/** What holds messages back. */
interface Holders {
  /** Whether a record holds the whole partition. */
  readonly holdAll: boolean;
  /** The keys that the others hold. */
  readonly keys: ReadonlySet<string>;
}

/**
 * The cursor's list names the keys, so a message of any other key is found without a read of the records, however many
 * wait. Only where there is none they are read: some may be gone, though they are still listed.
 */
export async function lookAhead(
  engine: Engine,
  reader: Reader,
  partition: number,
  cursor: Cursor,
): Promise<Ahead> {
  const { open = [] } = cursor;
  if (await hasFree(engine, reader, partition, cursor, holdersIn(open)))
    return { isFree: true, dueMs: Infinity };
  const records = await Promise.all(open.map((id) => engine.progress.get(reader.subscription, id)));
  const there = records.flatMap((record) => record ?? []);
  const holders = holdersIn(there.map(({ id }) => id));
  const isFree = there.length < open.length && (await hasFree(engine, reader, partition, cursor, holders));
  return { isFree, dueMs: Math.min(Infinity, ...there.map(({ dueMs }) => dueMs)) };
}

function holdersIn(ids: readonly string[]): Holders {
  const keys = ids.map(chainKey);
  return { holdAll: keys.includes(undefined), keys: new Set(keys.flatMap((key) => key ?? [])) };
}

async function hasFree(
  engine: Engine,
  reader: Reader,
  partition: number,
  cursor: Cursor,
  holders: Holders,
): Promise<boolean> {
  if (holders.holdAll) return false;
  if (holders.keys.size === 0) return true;
  let place: Place = readFrom(engine, reader.subscription, partition, cursor);
  let slotCount = 1;
  for (let looks = 1; looks <= LOOKS_AT_MOST; looks++) {
    const ref = { topic: reader.topic, partition };
    const { live } = await liveSlots(engine, ref, place, { lookMessages: LOOK_MESSAGES, slotCount });
    const sieve = new Sieve(engine, (await filterInForce(engine, reader.subscription))?.filter);
    for (const slot of live) if (await hasFreeKey(engine, sieve, slot, place.head, holders.keys)) return true;
    const last = live.at(-1);
    if (!last) return false;
    place = { head: nextOffset(last), slotBase: nextOffset(last) };
    slotCount = last.count;
  }
  return false;
}

async function hasFreeKey(
  engine: Engine,
  sieve: Sieve,
  slot: Slot,
  from: Offset,
  busy: ReadonlySet<string>,
): Promise<boolean> {
  if (!sieve.mayHold(slot)) return false;
  const header = headerOf(slot);
  const first = Math.max(0, from - slot.base);
  if (header !== "open-it")
    return header.slice(first).some((one) => !busy.has(keyHash(one.key)) && sieve.mayTake(one));
  try {
    const opened = await openSlot(engine, slot);
    if (opened.kind !== "readable") return true;
    return opened.messages.slice(first).some((one) => !busy.has(keyHash(one.key)) && sieve.takes(one));
  } catch (error) {
    if (isTrouble(error)) return true;
    throw error;
  }
}
