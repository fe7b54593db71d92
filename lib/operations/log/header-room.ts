import { type TopicRef, partitionKey } from "../../domain/topic.js";

/** A write is billed by the KB that it begins. */
const WRITE_UNIT_BYTES = 1_024;
/**
 * What a slot's item has beside its partition key and its bytes (lib/adapters/dynamodb/items/slot-item.ts), and how
 * much less that can be: numbers have few digits, or many.
 */
const ITEM_BYTES = 124;
const ITEM_SPREAD_BYTES = 32;
const LAST_PARTITION = 255;

/**
 * A slot in S3 costs each reader a GET to open, some 40 ms and the room of all its messages: two write units are
 * paid back once three readers can do without.
 */
const SEGMENT_HEADER_BYTES = 2 * WRITE_UNIT_BYTES;

/**
 * Room for the header of a slot. Opening one that holds its own bytes costs a fraction of a millisecond, and a write
 * unit is worth some 75 ms of a function: so its header has what is left of the unit that is paid for anyway.
 * `inlineBytes`: undefined where they go to S3.
 */
export function headerRoomBytes(topic: TopicRef, inlineBytes: number | undefined): number {
  if (inlineBytes === undefined) return SEGMENT_HEADER_BYTES;
  const atMostBytes =
    ITEM_BYTES + Buffer.byteLength(partitionKey({ topic, partition: LAST_PARTITION })) + inlineBytes;
  const paidBytes = Math.ceil((atMostBytes - ITEM_SPREAD_BYTES) / WRITE_UNIT_BYTES) * WRITE_UNIT_BYTES;
  return Math.max(0, paidBytes - atMostBytes);
}
